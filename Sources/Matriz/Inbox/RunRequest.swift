import Platform
import RunModel

/// Something that somebody wants, beside a commit on the forge, of runs that there are.
struct RunRequest: Hashable, Sendable {
  enum Wish: Hashable, Sendable {
    case rerun(onlyFailed: Bool)
    case approve
  }

  /// More of a foreign text is not repeated.
  private static let maximumCitedCharacters = 100

  let wish: Wish
  /// `owner/name`
  let repository: String
  let sha: String
  /// Of the check that it was asked for at; `nil` for all that we report about the commit.
  let externalID: String?
  /// The account's name.
  let sender: String

  /// Who wants it, for people. The forge lets nobody ask who may not write to the repository.
  var by: String { sender.isEmpty ? "somebody on GitHub" : "\(Self.cited(sender)) on GitHub" }

  /// The run and the attempt that a check belongs to, by its id; `nil` for what is no such id.
  static func check(_ externalID: String) -> (run: String, attempt: Int)? {
    var parts = externalID.split(separator: "/", omittingEmptySubsequences: false)
    if parts.count == 3, parts[2] == CheckContent.approval { parts.removeLast() }
    guard parts.count == 2, UUIDv7.isValid(String(parts[0])), let attempt = Int(parts[1]), attempt > 0 else {
      return nil
    }
    return (String(parts[0]), attempt)
  }

  /// Why the run is none that this can be asked of; `nil` when it is.
  func refusal(of run: Run) -> String? {
    switch wish {
    case .rerun(let onlyFailed): run.refusalOfRerun(onlyFailed: onlyFailed)
    case .approve: run.refusalOfApproval(sha: sha)
    }
  }

  var event: Event {
    switch wish {
    case .rerun(let onlyFailed): .rerunRequested(by: by, onlyFailed: onlyFailed)
    case .approve: .approved(by: by, sha: sha)
    }
  }

  /// A foreign text within one of ours.
  static func cited(_ text: String) -> String {
    let line = text.prefix(maximumCitedCharacters).filter { character in
      character.unicodeScalars.allSatisfy { $0.properties.generalCategory != .control }
    }
    return line.count < text.count ? "\(line)…" : line
  }
}
