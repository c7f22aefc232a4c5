import HTTP

/// What a job says about what surrounds its tasks: files, secrets, volumes, networks, services. It is kept, and but for
/// the dispatch's payload nothing is done about it.
extension JobSchema {
  static let artifact = BlockSchema(
    attributes: [
      "source": AttributeRule("GetterSource", .string), "destination": AttributeRule("RelativeDest", .string),
      "mode": AttributeRule("GetterMode", .string), "options": AttributeRule("GetterOptions", .stringMap),
      "headers": AttributeRule("GetterHeaders", .stringMap),
    ],
    blocks: [
      "options": BlockRule("GetterOptions", .stringMap), "headers": BlockRule("GetterHeaders", .stringMap),
    ],
    skeleton: fields(null: [
      "GetterHeaders", "GetterMode", "GetterOptions", "GetterSource", "RelativeDest",
    ]))

  static let template = BlockSchema(
    attributes: [
      "source": AttributeRule("SourcePath", .string), "destination": AttributeRule("DestPath", .string),
      "data": AttributeRule("EmbeddedTmpl", .string), "change_mode": AttributeRule("ChangeMode", .string),
      "change_signal": AttributeRule("ChangeSignal", .string), "splay": AttributeRule("Splay", .duration),
      "perms": AttributeRule("Perms", .string), "env": AttributeRule("Envvars", .bool),
      "left_delimiter": AttributeRule("LeftDelim", .string),
      "right_delimiter": AttributeRule("RightDelim", .string),
      "vault_grace": AttributeRule("VaultGrace", .duration),
    ],
    skeleton: fields(null: [
      "ChangeMode", "ChangeSignal", "DestPath", "EmbeddedTmpl", "Envvars", "LeftDelim", "Perms", "RightDelim",
      "SourcePath", "Splay", "VaultGrace",
    ]))

  static let vault = BlockSchema(
    attributes: [
      "policies": AttributeRule("Policies", .stringList), "namespace": AttributeRule("Namespace", .string),
      "env": AttributeRule("Env", .bool), "change_mode": AttributeRule("ChangeMode", .string),
      "change_signal": AttributeRule("ChangeSignal", .string),
    ],
    skeleton: fields(null: ["ChangeMode", "ChangeSignal", "Env", "Namespace", "Policies"]))

  static let lifecycle = BlockSchema(
    attributes: ["hook": AttributeRule("Hook", .string), "sidecar": AttributeRule("Sidecar", .bool)],
    skeleton: ["Hook": "", "Sidecar": false])

  static let dispatchPayload = BlockSchema(
    attributes: ["file": AttributeRule("File", .string)], skeleton: ["File": ""])

  static let volume = BlockSchema(
    attributes: [
      "type": AttributeRule("Type", .string), "source": AttributeRule("Source", .string),
      "read_only": AttributeRule("ReadOnly", .bool), "per_alloc": AttributeRule("PerAlloc", .bool),
      "access_mode": AttributeRule("AccessMode", .string),
      "attachment_mode": AttributeRule("AttachmentMode", .string),
    ],
    blocks: ["mount_options": BlockRule("MountOptions", .free)],
    skeleton: fields(
      empty: ["AccessMode", "AttachmentMode", "Source", "Type"], null: ["MountOptions"],
      others: ["PerAlloc": false, "ReadOnly": false]))

  static let volumeMount = BlockSchema(
    attributes: [
      "volume": AttributeRule("Volume", .string), "destination": AttributeRule("Destination", .string),
      "read_only": AttributeRule("ReadOnly", .bool),
      "propagation_mode": AttributeRule("PropagationMode", .string),
    ],
    skeleton: fields(null: ["Destination", "PropagationMode", "ReadOnly", "Volume"]))

  static let network = BlockSchema(
    attributes: [
      "mode": AttributeRule("Mode", .string), "mbits": AttributeRule("MBits", .integer),
      "hostname": AttributeRule("Hostname", .string),
    ],
    blocks: [
      "port": BlockRule("DynamicPorts", isNamed: true, repeats: true, nameField: "Label", .schema(port))
    ],
    skeleton: fields(
      empty: ["CIDR", "Device", "IP", "Mode"], null: ["DNS", "DynamicPorts", "MBits", "ReservedPorts"]))

  private static let port = BlockSchema(
    attributes: [
      "static": AttributeRule("Value", .integer), "to": AttributeRule("To", .integer),
      "host_network": AttributeRule("HostNetwork", .string),
    ],
    skeleton: ["Value": 0, "To": 0, "HostNetwork": ""])

  static let service = BlockSchema(
    attributes: [
      "name": AttributeRule("Name", .string), "port": AttributeRule("PortLabel", .string),
      "tags": AttributeRule("Tags", .stringList), "meta": AttributeRule("Meta", .stringMap),
      "address_mode": AttributeRule("AddressMode", .string), "task": AttributeRule("TaskName", .string),
    ],
    blocks: ["check": BlockRule("Checks", repeats: true, .free), "meta": BlockRule("Meta", .stringMap)],
    skeleton: fields(
      empty: ["AddressMode", "Name", "PortLabel", "TaskName"], null: ["Checks", "Meta", "Tags"]))
}
