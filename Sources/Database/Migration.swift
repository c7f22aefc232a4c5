/// A step of the schema. Steps are applied once each, in the order of their numbers.
///
/// A step is known by its name: modules number their own ranges, and a step of one module may be added
/// below a number of another that is applied already. A step that was released is never changed.
package struct Migration: Sendable {
  package let number: Int
  package let name: String
  /// One or more statements. They run in one transaction, with foreign keys checked at its end only,
  /// so that a table can be rebuilt.
  package let sql: String

  package init(number: Int, name: String, sql: String) {
    self.number = number
    self.name = name
    self.sql = sql
  }
}
