# MySQL: the truth. TLS only, every byte encrypted, restorable to any second, its master password made and kept by RDS.

locals {
  # Every origin has 10 connections, twice while two releases overlap; the rest is for migrations and a person.
  database_connections_max = 60 + 25 * var.origin_count
}

resource "aws_db_subnet_group" "main" {
  name       = var.name
  subnet_ids = aws_subnet.private[*].id
}

resource "aws_db_parameter_group" "main" {
  # A parameter group belongs to one major version: another version needs another name.
  name   = "${var.name}-mysql-${replace(var.database_version, ".", "-")}"
  family = "mysql${var.database_version}"

  parameter {
    name  = "require_secure_transport"
    value = "1"
  }

  parameter {
    name  = "max_connections"
    value = tostring(local.database_connections_max)
  }

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_db_instance" "main" {
  identifier                  = var.name
  engine                      = "mysql"
  engine_version              = var.database_version
  instance_class              = var.database_instance_class
  allow_major_version_upgrade = true
  auto_minor_version_upgrade  = true
  apply_immediately           = true

  allocated_storage     = var.database_storage_gib
  max_allocated_storage = var.database_storage_gib * 5
  storage_type          = "gp3"
  storage_encrypted     = true

  db_name                     = "naru"
  username                    = "naru_admin"
  manage_master_user_password = true

  db_subnet_group_name   = aws_db_subnet_group.main.name
  parameter_group_name   = aws_db_parameter_group.main.name
  vpc_security_group_ids = [aws_security_group.this["database"].id]
  publicly_accessible    = false
  multi_az               = var.database_multi_az

  # At night in Asia and early in the morning in Europe: sales open in the evening.
  backup_retention_period = var.backup_days
  backup_window           = "18:00-18:45"
  maintenance_window      = "mon:19:00-mon:20:00"
  copy_tags_to_snapshot   = true

  deletion_protection      = var.on_destroy == "refuse"
  delete_automated_backups = var.on_destroy == "delete"
  skip_final_snapshot      = var.on_destroy == "delete"
  # A name that no earlier system of this name has used.
  final_snapshot_identifier = "${var.name}-final-${trimprefix(aws_vpc.main.id, "vpc-")}"

  tags = { Name = var.name }
}

# Redis: the fast gate. What it has can be rebuilt from MySQL, so a lost one costs seconds and no orders.

resource "aws_elasticache_subnet_group" "main" {
  name       = var.name
  subnet_ids = aws_subnet.private[*].id
}

resource "aws_elasticache_parameter_group" "main" {
  name   = "${var.name}-redis7${var.redis_shards > 0 ? "-cluster" : ""}"
  family = "redis7"

  # Full memory refuses writes; it never drops a place in the queue.
  parameter {
    name  = "maxmemory-policy"
    value = "noeviction"
  }

  dynamic "parameter" {
    for_each = var.redis_shards > 0 ? ["yes"] : []

    content {
      name  = "cluster-enabled"
      value = parameter.value
    }
  }

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_elasticache_replication_group" "main" {
  replication_group_id = var.name
  description          = "Rooms, holds and payments of ${var.name}"
  engine               = "redis"
  engine_version       = "7.1"
  node_type            = var.redis_node_type
  port                 = 6379

  num_cache_clusters         = var.redis_shards == 0 ? 1 + var.redis_replicas : null
  num_node_groups            = var.redis_shards > 0 ? var.redis_shards : null
  replicas_per_node_group    = var.redis_shards > 0 ? var.redis_replicas : null
  automatic_failover_enabled = var.redis_replicas > 0
  multi_az_enabled           = var.redis_replicas > 0

  parameter_group_name = aws_elasticache_parameter_group.main.name
  subnet_group_name    = aws_elasticache_subnet_group.main.name
  security_group_ids   = [aws_security_group.this["redis"].id]

  at_rest_encryption_enabled = true
  transit_encryption_enabled = true
  auth_token_wo              = ephemeral.aws_ssm_parameter.redis_password.value
  auth_token_wo_version      = var.redis_password_version
  auth_token_update_strategy = "ROTATE"

  snapshot_retention_limit = 3
  snapshot_window          = "17:00-18:00"
  maintenance_window       = "mon:20:00-mon:21:00"
  apply_immediately        = true

  tags = { Name = var.name }
}

locals {
  redis_address = (
    var.redis_shards == 0
    ? "${aws_elasticache_replication_group.main.primary_endpoint_address}:6379"
    # A comma says that this one address is that of a cluster.
    : "${aws_elasticache_replication_group.main.configuration_endpoint_address}:6379,"
  )
  redis_nodes = (
    var.redis_shards == 0
    ? [for node in range(1 + var.redis_replicas) : format("%s-%03d", var.name, node + 1)]
    : flatten([for shard in range(var.redis_shards) : [
      for node in range(1 + var.redis_replicas) : format("%s-%04d-%03d", var.name, shard + 1, node + 1)
    ]])
  )
}
