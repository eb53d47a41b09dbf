# What each host may do. The policy that AWS offers for Session Manager reads every parameter of the account: these do not,
# so that a gateway host has none of the origin's keys, and the other way round.

data "aws_iam_policy_document" "assume" {
  statement {
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["ec2.amazonaws.com"]
    }
  }
}

locals {
  parameters = "arn:${data.aws_partition.current.partition}:ssm:${var.region}:${data.aws_caller_identity.current.account_id}:parameter/${var.name}"

  parameters_read = {
    gateway = ["/release", "/settings/gateway", "/gateway", "/public", "/shared"]
    origin  = ["/release", "/settings/origin", "/origin", "/public", "/shared"]
  }
  parameters_written = {
    gateway = ["/gateway/keys/*", "/public/PASS_PUBLIC_KEYS", "/public/SERVICE_PUBLIC_KEYS"]
    origin  = ["/origin/keys/*", "/origin/database/*", "/public/SESSION_PUBLIC_KEYS"]
  }

  # Hosts call AWS through the NAT gateway only. So credentials that are taken from a host read no secret elsewhere. With
  # interface endpoints of your own for these services, change the conditions to aws:SourceVpc.
  hosts_addresses = ["${aws_eip.nat.public_ip}/32"]
}

data "aws_iam_policy_document" "host" {
  for_each = local.roles

  statement {
    sid     = "ReadParameters"
    actions = ["ssm:GetParameter", "ssm:GetParameters", "ssm:GetParametersByPath"]
    # By path takes the path itself, by name what lies below it.
    resources = flatten([for path in local.parameters_read[each.key] : ["${local.parameters}${path}", "${local.parameters}${path}/*"]])

    condition {
      test     = "IpAddress"
      variable = "aws:SourceIp"
      values   = local.hosts_addresses
    }
  }

  statement {
    sid       = "PublishKeys"
    actions   = ["ssm:PutParameter"]
    resources = [for path in local.parameters_written[each.key] : "${local.parameters}${path}"]

    condition {
      test     = "IpAddress"
      variable = "aws:SourceIp"
      values   = local.hosts_addresses
    }
  }

  statement {
    sid       = "FetchReleases"
    actions   = ["s3:GetObject", "s3:GetObjectVersion"]
    resources = ["${aws_s3_bucket.this["releases"].arn}/releases/*"]
  }

  statement {
    sid       = "ReportRollouts"
    actions   = ["s3:PutObject"]
    resources = ["${aws_s3_bucket.this["releases"].arn}/rollouts/${each.key}/*"]
  }

  statement {
    sid       = "SendLogs"
    actions   = ["logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"]
    resources = ["${aws_cloudwatch_log_group.this[each.key].arn}:*"]
  }

  statement {
    sid       = "SendMetrics"
    actions   = ["cloudwatch:PutMetricData"]
    resources = ["*"]

    condition {
      test     = "StringEquals"
      variable = "cloudwatch:namespace"
      values   = [local.metric_namespace]
    }
  }

  # Session Manager and rollouts: what the agent calls, as in AWS's own policy for it (AmazonSSMManagedInstanceCore), except
  # the parameters.
  statement {
    sid = "BeManaged"
    actions = [
      "ec2messages:AcknowledgeMessage",
      "ec2messages:DeleteMessage",
      "ec2messages:FailMessage",
      "ec2messages:GetEndpoint",
      "ec2messages:GetMessages",
      "ec2messages:SendReply",
      "ssm:DescribeAssociation",
      "ssm:DescribeDocument",
      "ssm:GetDocument",
      "ssm:ListAssociations",
      "ssm:ListInstanceAssociations",
      "ssm:PutInventory",
      "ssm:UpdateAssociationStatus",
      "ssm:UpdateInstanceAssociationStatus",
      "ssm:UpdateInstanceInformation",
      "ssmmessages:CreateControlChannel",
      "ssmmessages:CreateDataChannel",
      "ssmmessages:OpenControlChannel",
      "ssmmessages:OpenDataChannel",
    ]
    resources = ["*"]
  }

  dynamic "statement" {
    for_each = each.key == "gateway" ? ["proof"] : []

    content {
      sid = "TellCloudFrontTheProof"
      actions = [
        "cloudfront-keyvaluestore:DescribeKeyValueStore",
        "cloudfront-keyvaluestore:GetKey",
        "cloudfront-keyvaluestore:PutKey",
      ]
      resources = [aws_cloudfront_key_value_store.proof.arn]

      condition {
        test     = "IpAddress"
        variable = "aws:SourceIp"
        values   = local.hosts_addresses
      }
    }
  }

  dynamic "statement" {
    for_each = each.key == "origin" ? ["master"] : []

    content {
      sid       = "CreateDatabaseUsers"
      actions   = ["secretsmanager:GetSecretValue"]
      resources = [aws_db_instance.main.master_user_secret[0].secret_arn]

      condition {
        test     = "IpAddress"
        variable = "aws:SourceIp"
        values   = local.hosts_addresses
      }
    }
  }

  dynamic "statement" {
    for_each = each.key == "origin" ? ["images"] : []

    content {
      sid       = "KeepImages"
      actions   = ["s3:DeleteObject", "s3:GetObject", "s3:PutObject"]
      resources = ["${aws_s3_bucket.this["images"].arn}/*"]
    }
  }

  dynamic "statement" {
    for_each = each.key == "origin" ? ["images"] : []

    content {
      sid       = "ListImages"
      actions   = ["s3:ListBucket"]
      resources = [aws_s3_bucket.this["images"].arn]
    }
  }
}

resource "aws_iam_role" "this" {
  for_each = local.roles

  name               = "${var.name}-${each.key}-${var.region}"
  assume_role_policy = data.aws_iam_policy_document.assume.json
}

resource "aws_iam_role_policy" "this" {
  for_each = local.roles

  name   = "host"
  role   = aws_iam_role.this[each.key].id
  policy = data.aws_iam_policy_document.host[each.key].json
}

resource "aws_iam_instance_profile" "this" {
  for_each = local.roles

  name = "${var.name}-${each.key}-${var.region}"
  role = aws_iam_role.this[each.key].name
}
