/// Where the matriz can be found: nobody is there between a crash and the restart.
final class Door {
  weak var matriz: SimulatedMatriz?
}
