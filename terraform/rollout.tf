# A release is one archive. Its upload is a new version of one object, so that hosts can still fetch the previous one;
# then /NAME/release names the version, and each role is rolled out: origins first, one host after the other, each only
# when the previous one is ready. A host that does not become ready keeps its release, and the apply fails. Several
# gateways all fetch the release first: a balancer may send requests for the static files of its pages to any of them.

locals {
  release_folder = "${path.module}/../.data/release"
  newest         = try(jsondecode(file("${local.release_folder}/newest-linux-${local.architecture}.json")).file, null)
  release_file   = var.release_file != null ? var.release_file : local.newest == null ? null : "${local.release_folder}/${local.newest}"
  release_parts  = try(regex("naru-([0-9A-Za-z][0-9A-Za-z.-]*)-linux-(x64|arm64)\\.tar\\.gz$", local.release_file), [null, null])
  release_sha256 = try(filesha256(local.release_file), null)
}

resource "aws_s3_object" "release" {
  bucket      = aws_s3_bucket.this["releases"].bucket
  key         = "releases/naru-linux-${local.architecture}.tar.gz"
  source      = local.release_file
  source_hash = local.release_sha256
  metadata    = { version = local.release_parts[0] }

  lifecycle {
    precondition {
      condition     = local.release_sha256 != null
      error_message = "There is no release for ${local.architecture}. Make one with `npm run release -- --arch ${local.architecture}`, or set release_file to an archive."
    }
    precondition {
      condition     = local.release_sha256 == null || local.release_parts[1] == local.architecture
      error_message = "The release is for another architecture than the hosts, which are ${local.architecture}. Make one with `npm run release -- --arch ${local.architecture}`, or choose other instance types."
    }
  }

  depends_on = [aws_s3_bucket_versioning.this, aws_s3_bucket_policy.this]
}

resource "aws_ssm_parameter" "release" {
  name        = "/${var.name}/release"
  description = "The release that every host runs"
  type        = "String"
  value = jsonencode({
    version   = local.release_parts[0]
    bucket    = aws_s3_object.release.bucket
    key       = aws_s3_object.release.key
    sha256    = local.release_sha256
    versionId = aws_s3_object.release.version_id
  })
}

locals {
  metric_namespace = "Naru/${var.name}"

  setup = {
    for role in local.roles : role => templatefile("${path.module}/files/setup.sh.tftpl", {
      sandbox = role == "origin" && var.payment_provider == "sandbox"
      watch = templatefile("${path.module}/files/watch.sh.tftpl", {
        role      = role
        region    = var.region
        namespace = local.metric_namespace
        port      = local.ports[role].internal
      })
      agent = jsonencode({
        logs = {
          logs_collected = {
            files = {
              collect_list = [{
                file_path       = "/var/log/naru/naru.log"
                log_group_name  = "/${var.name}/${role}"
                log_stream_name = "{instance_id}"
              }]
            }
          }
        }
      })
    })
  }
}

resource "aws_cloudwatch_log_group" "this" {
  for_each = local.roles

  name              = "/${var.name}/${each.key}"
  retention_in_days = var.log_days
}

resource "aws_ssm_document" "rollout" {
  for_each = local.roles

  name            = "${var.name}-rollout-${each.key}"
  document_type   = "Command"
  document_format = "JSON"
  content = jsonencode({
    schemaVersion = "2.2"
    description   = "Brings a ${each.key} host of ${var.name} to the release and the settings in Parameter Store"
    parameters = {
      action = {
        type          = "String"
        description   = "rollout, or only fetch the release"
        default       = "rollout"
        allowedValues = ["rollout", "fetch"]
      }
    }
    mainSteps = [
      {
        name   = "setup"
        action = "aws:runShellScript"
        inputs = { timeoutSeconds = "300", runCommand = split("\n", local.setup[each.key]) }
      },
      {
        name   = "rollout"
        action = "aws:runShellScript"
        inputs = { timeoutSeconds = "900", runCommand = split("\n", file("${path.module}/files/rollout.sh")) }
      },
    ]
  })
}

# One association for each role, and one to fetch. They wait for their hosts only when they are created, so that a new
# release or new settings replace them.
resource "aws_ssm_association" "origin" {
  name             = aws_ssm_document.rollout["origin"].name
  association_name = "${var.name}-origin"
  max_concurrency  = "1"
  max_errors       = "0"

  targets {
    key    = "InstanceIds"
    values = aws_instance.origin[*].id
  }

  output_location {
    s3_bucket_name = aws_s3_bucket.this["releases"].bucket
    s3_key_prefix  = "rollouts/origin"
  }

  wait_for_success_timeout_seconds = 900 + 600 * var.origin_count

  lifecycle {
    replace_triggered_by = [
      aws_ssm_parameter.release,
      aws_ssm_parameter.settings["origin"],
      aws_ssm_parameter.redis_password,
      aws_ssm_document.rollout["origin"],
    ]
  }

  depends_on = [
    aws_elasticache_replication_group.main,
    aws_ssm_parameter.settings,
    aws_vpc_security_group_egress_rule.hosts,
    aws_vpc_security_group_ingress_rule.internal,
  ]
}

resource "aws_ssm_association" "fetch" {
  count = var.gateway_count > 1 ? 1 : 0

  name             = aws_ssm_document.rollout["gateway"].name
  association_name = "${var.name}-fetch"
  parameters       = { action = "fetch" }
  max_concurrency  = "100%"
  max_errors       = "0"

  targets {
    key    = "InstanceIds"
    values = aws_instance.gateway[*].id
  }

  output_location {
    s3_bucket_name = aws_s3_bucket.this["releases"].bucket
    s3_key_prefix  = "rollouts/gateway"
  }

  wait_for_success_timeout_seconds = 900

  lifecycle {
    replace_triggered_by = [aws_ssm_parameter.release]
  }

  depends_on = [aws_ssm_association.origin, aws_vpc_security_group_egress_rule.hosts]
}

resource "aws_ssm_association" "gateway" {
  name             = aws_ssm_document.rollout["gateway"].name
  association_name = "${var.name}-gateway"
  max_concurrency  = "1"
  max_errors       = "0"

  targets {
    key    = "InstanceIds"
    values = aws_instance.gateway[*].id
  }

  output_location {
    s3_bucket_name = aws_s3_bucket.this["releases"].bucket
    s3_key_prefix  = "rollouts/gateway"
  }

  wait_for_success_timeout_seconds = 900 + 600 * var.gateway_count

  lifecycle {
    replace_triggered_by = [
      aws_ssm_parameter.release,
      aws_ssm_parameter.settings["gateway"],
      aws_ssm_parameter.redis_password,
      aws_ssm_document.rollout["gateway"],
    ]
  }

  # Gateways may be told to use the origins' balancer.
  depends_on = [
    aws_ssm_association.origin,
    aws_ssm_association.fetch,
    aws_lb_listener.this,
    aws_lb_target_group_attachment.origin,
  ]
}
