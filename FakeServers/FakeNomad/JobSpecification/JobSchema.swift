import HTTP

/// What job files may say (the Nomad job specification), as far as batch jobs use it. What is not here is
/// refused like any unknown name.
enum JobSchema {
  static let job = BlockSchema(
    attributes: [
      "id": AttributeRule("ID", .string), "name": AttributeRule("Name", .string),
      "type": AttributeRule("Type", .string), "region": AttributeRule("Region", .string),
      "namespace": AttributeRule("Namespace", .string), "priority": AttributeRule("Priority", .integer),
      "all_at_once": AttributeRule("AllAtOnce", .bool),
      "datacenters": AttributeRule("Datacenters", .stringList),
      "meta": AttributeRule("Meta", .stringMap), "vault_token": AttributeRule("VaultToken", .string),
      "consul_token": AttributeRule("ConsulToken", .string),
    ],
    blocks: [
      "parameterized": BlockRule("ParameterizedJob", .schema(parameterized)),
      "periodic": BlockRule("Periodic", .schema(periodic)),
      "constraint": BlockRule("Constraints", repeats: true, .schema(constraint)),
      "affinity": BlockRule("Affinities", repeats: true, .schema(affinity)),
      "spread": BlockRule("Spreads", repeats: true, .schema(spread)),
      "update": BlockRule("Update", .schema(update)), "migrate": BlockRule("Migrate", .schema(migrate)),
      "reschedule": BlockRule("Reschedule", .schema(reschedule)),
      "meta": BlockRule("Meta", .stringMap),
      "group": BlockRule("TaskGroups", isNamed: true, repeats: true, .schema(group)),
      "task": BlockRule("Tasks", isNamed: true, repeats: true, .schema(task)),
    ],
    skeleton: fields(
      empty: ["ConsulNamespace", "ConsulToken", "NomadTokenID", "ParentID", "VaultNamespace", "VaultToken"],
      null: [
        "Affinities", "AllAtOnce", "Constraints", "Datacenters", "ID", "Meta", "Migrate", "Multiregion",
        "Name",
        "Namespace", "ParameterizedJob", "Payload", "Periodic", "Priority", "Region", "Reschedule", "Spreads",
        "Stable", "Status", "StatusDescription", "Stop", "SubmitTime", "TaskGroups", "Type", "Update",
        "Version", "CreateIndex", "JobModifyIndex", "ModifyIndex",
      ], others: ["Dispatched": false]))

  static let parameterized = BlockSchema(
    attributes: [
      "payload": AttributeRule("Payload", .string),
      "meta_required": AttributeRule("MetaRequired", .stringList),
      "meta_optional": AttributeRule("MetaOptional", .stringList),
    ],
    skeleton: fields(empty: ["Payload"], null: ["MetaRequired", "MetaOptional"]))

  static let constraint = BlockSchema(
    attributes: [
      "attribute": AttributeRule("LTarget", .string), "operator": AttributeRule("Operand", .string),
      "value": AttributeRule("RTarget", .string),
    ],
    skeleton: ["LTarget": "", "Operand": "=", "RTarget": ""])

  static let restart = BlockSchema(
    attributes: [
      "attempts": AttributeRule("Attempts", .integer), "delay": AttributeRule("Delay", .duration),
      "interval": AttributeRule("Interval", .duration), "mode": AttributeRule("Mode", .string),
    ],
    skeleton: fields(null: ["Attempts", "Delay", "Interval", "Mode"]))

  static let reschedule = BlockSchema(
    attributes: [
      "attempts": AttributeRule("Attempts", .integer), "delay": AttributeRule("Delay", .duration),
      "delay_function": AttributeRule("DelayFunction", .string),
      "interval": AttributeRule("Interval", .duration), "max_delay": AttributeRule("MaxDelay", .duration),
      "unlimited": AttributeRule("Unlimited", .bool),
    ],
    skeleton: fields(null: ["Attempts", "Delay", "DelayFunction", "Interval", "MaxDelay", "Unlimited"]))

  static let ephemeralDisk = BlockSchema(
    attributes: [
      "migrate": AttributeRule("Migrate", .bool), "size": AttributeRule("SizeMB", .integer),
      "sticky": AttributeRule("Sticky", .bool),
    ],
    skeleton: fields(null: ["Migrate", "SizeMB", "Sticky"]))

  static let group = BlockSchema(
    attributes: [
      "count": AttributeRule("Count", .integer), "meta": AttributeRule("Meta", .stringMap),
      "shutdown_delay": AttributeRule("ShutdownDelay", .duration),
      "stop_after_client_disconnect": AttributeRule("StopAfterClientDisconnect", .duration),
    ],
    blocks: [
      "constraint": BlockRule("Constraints", repeats: true, .schema(constraint)),
      "affinity": BlockRule("Affinities", repeats: true, .schema(affinity)),
      "spread": BlockRule("Spreads", repeats: true, .schema(spread)),
      "update": BlockRule("Update", .schema(update)), "migrate": BlockRule("Migrate", .schema(migrate)),
      "network": BlockRule("Networks", repeats: true, .schema(network)),
      "service": BlockRule("Services", repeats: true, .schema(service)),
      "volume": BlockRule("Volumes", isNamed: true, isMap: true, .schema(volume)),
      "restart": BlockRule("RestartPolicy", .schema(restart)),
      "reschedule": BlockRule("ReschedulePolicy", .schema(reschedule)),
      "ephemeral_disk": BlockRule("EphemeralDisk", .schema(ephemeralDisk)),
      "meta": BlockRule("Meta", .stringMap),
      "task": BlockRule("Tasks", isNamed: true, repeats: true, .schema(task)),
    ],
    skeleton: fields(null: [
      "Affinities", "Constraints", "Consul", "Count", "EphemeralDisk", "Meta", "Migrate", "Name", "Networks",
      "ReschedulePolicy", "RestartPolicy", "Scaling", "Services", "ShutdownDelay", "Spreads",
      "StopAfterClientDisconnect", "Tasks", "Update", "Volumes",
    ]))

  static let resources = BlockSchema(
    attributes: [
      "cpu": AttributeRule("CPU", .integer), "cores": AttributeRule("Cores", .integer),
      "memory": AttributeRule("MemoryMB", .integer), "memory_max": AttributeRule("MemoryMaxMB", .integer),
      "disk": AttributeRule("DiskMB", .integer),
    ],
    blocks: [
      "device": BlockRule("Devices", isNamed: true, repeats: true, .schema(device)),
      "network": BlockRule("Networks", repeats: true, .schema(network)),
    ],
    skeleton: fields(null: [
      "CPU", "Cores", "Devices", "DiskMB", "IOPS", "MemoryMB", "MemoryMaxMB", "Networks",
    ]))

  static let logs = BlockSchema(
    attributes: [
      "max_files": AttributeRule("MaxFiles", .integer),
      "max_file_size": AttributeRule("MaxFileSizeMB", .integer),
    ],
    skeleton: fields(null: ["MaxFiles", "MaxFileSizeMB"]))

  static let task = BlockSchema(
    attributes: [
      "driver": AttributeRule("Driver", .string), "user": AttributeRule("User", .string),
      "leader": AttributeRule("Leader", .bool), "kind": AttributeRule("Kind", .string),
      "kill_timeout": AttributeRule("KillTimeout", .duration),
      "kill_signal": AttributeRule("KillSignal", .string),
      "shutdown_delay": AttributeRule("ShutdownDelay", .duration),
      "env": AttributeRule("Env", .stringMap), "meta": AttributeRule("Meta", .stringMap),
    ],
    blocks: [
      "config": BlockRule("Config", .free), "env": BlockRule("Env", .stringMap),
      "meta": BlockRule("Meta", .stringMap), "resources": BlockRule("Resources", .schema(resources)),
      "restart": BlockRule("RestartPolicy", .schema(restart)), "logs": BlockRule("LogConfig", .schema(logs)),
      "constraint": BlockRule("Constraints", repeats: true, .schema(constraint)),
      "affinity": BlockRule("Affinities", repeats: true, .schema(affinity)),
      "artifact": BlockRule("Artifacts", repeats: true, .schema(artifact)),
      "template": BlockRule("Templates", repeats: true, .schema(template)),
      "service": BlockRule("Services", repeats: true, .schema(service)),
      "volume_mount": BlockRule("VolumeMounts", repeats: true, .schema(volumeMount)),
      "vault": BlockRule("Vault", .schema(vault)), "lifecycle": BlockRule("Lifecycle", .schema(lifecycle)),
      "dispatch_payload": BlockRule("DispatchPayload", .schema(dispatchPayload)),
    ],
    skeleton: fields(
      empty: ["Driver", "KillSignal", "Kind", "User"],
      null: [
        "Affinities", "Artifacts", "Config", "Constraints", "DispatchPayload", "Env", "KillTimeout",
        "Lifecycle", "LogConfig", "Meta", "Name", "Resources", "RestartPolicy", "ScalingPolicies", "Services",
        "ShutdownDelay", "Templates", "Vault", "VolumeMounts",
      ], others: ["Leader": false]))

  static func fields(
    empty: [String] = [], null: [String] = [], others: [String: JSONValue] = [:]
  ) -> [String: JSONValue] {
    var fields = others
    for name in empty { fields[name] = "" }
    for name in null { fields[name] = JSONValue.null }
    return fields
  }
}
