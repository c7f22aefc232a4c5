import HTTP

/// What a job says about where and when its groups run.
extension JobSchema {
  static let affinity = BlockSchema(
    attributes: [
      "attribute": AttributeRule("LTarget", .string), "operator": AttributeRule("Operand", .string),
      "value": AttributeRule("RTarget", .string), "weight": AttributeRule("Weight", .integer),
    ],
    skeleton: ["LTarget": "", "Operand": "=", "RTarget": "", "Weight": 50])

  static let spread = BlockSchema(
    attributes: [
      "attribute": AttributeRule("Attribute", .string), "weight": AttributeRule("Weight", .integer),
    ],
    blocks: ["target": BlockRule("SpreadTarget", isNamed: true, repeats: true, .schema(spreadTarget))],
    skeleton: fields(empty: ["Attribute"], null: ["SpreadTarget", "Weight"]))

  private static let spreadTarget = BlockSchema(
    attributes: ["percent": AttributeRule("Percent", .integer)], skeleton: ["Percent": 0])

  static let update = BlockSchema(
    attributes: [
      "auto_promote": AttributeRule("AutoPromote", .bool),
      "auto_revert": AttributeRule("AutoRevert", .bool),
      "canary": AttributeRule("Canary", .integer), "health_check": AttributeRule("HealthCheck", .string),
      "healthy_deadline": AttributeRule("HealthyDeadline", .duration),
      "max_parallel": AttributeRule("MaxParallel", .integer),
      "min_healthy_time": AttributeRule("MinHealthyTime", .duration),
      "progress_deadline": AttributeRule("ProgressDeadline", .duration),
      "stagger": AttributeRule("Stagger", .duration),
    ],
    skeleton: fields(null: [
      "AutoPromote", "AutoRevert", "Canary", "HealthCheck", "HealthyDeadline", "MaxParallel",
      "MinHealthyTime", "ProgressDeadline", "Stagger",
    ]))

  static let migrate = BlockSchema(
    attributes: [
      "max_parallel": AttributeRule("MaxParallel", .integer),
      "health_check": AttributeRule("HealthCheck", .string),
      "min_healthy_time": AttributeRule("MinHealthyTime", .duration),
      "healthy_deadline": AttributeRule("HealthyDeadline", .duration),
    ],
    skeleton: fields(null: ["HealthCheck", "HealthyDeadline", "MaxParallel", "MinHealthyTime"]))

  static let periodic = BlockSchema(
    attributes: [
      "cron": AttributeRule("Spec", .string), "enabled": AttributeRule("Enabled", .bool),
      "prohibit_overlap": AttributeRule("ProhibitOverlap", .bool),
      "time_zone": AttributeRule("TimeZone", .string),
    ],
    skeleton: fields(
      null: ["Enabled", "ProhibitOverlap", "Spec", "TimeZone"], others: ["SpecType": "cron"]))

  static let device = BlockSchema(
    attributes: ["count": AttributeRule("Count", .integer)],
    blocks: [
      "constraint": BlockRule("Constraints", repeats: true, .schema(constraint)),
      "affinity": BlockRule("Affinities", repeats: true, .schema(affinity)),
    ],
    skeleton: fields(null: ["Affinities", "Constraints", "Count"]))
}
