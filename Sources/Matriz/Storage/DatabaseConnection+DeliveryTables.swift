package import Database
package import Platform

extension DatabaseConnection: DeliveryTables {
  package borrowing func hasTaken(delivery: String) throws -> Bool {
    try DeliveryStore().hasSeen(delivery: delivery, in: self)
  }

  package borrowing func insertDelivery(_ record: DeliveryRecord) throws {
    try DeliveryStore().insert(record, into: self)
  }

  package borrowing func occurrence(ofRun id: String) throws -> Timestamp? {
    try DeliveryStore().occurrence(ofRun: id, in: self)
  }
}
