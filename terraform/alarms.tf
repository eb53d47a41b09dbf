# Each alarm needs a person's attention now. CloudFront's metrics are in us-east-1, and so are their alarms.

locals {
  alarm_regions = toset([var.region, "us-east-1"])

  host_alarms = merge([for host, it in local.hosts : {
    "${host}-cpu" = {
      text = "CPU over 80 % for five minutes. During a sale admission slows down by itself; check naru_origin_health, and choose a larger instance type or add a host."
      over = 80, period = 300, namespace = "AWS/EC2", metric = "CPUUtilization", statistic = "Average", dimensions = { InstanceId = it.id }
    }
    "${host}-status" = {
      text = "The host or the machine under it fails EC2's checks. EC2 recovers it where it can; otherwise: terraform apply -replace."
      over = 0, period = 60, evaluations = 2, namespace = "AWS/EC2", metric = "StatusCheckFailed", statistic = "Maximum", dimensions = { InstanceId = it.id }
    }
    "${host}-memory" = {
      text = "Memory over 85 %."
      over = 85, period = 60, evaluations = 5, namespace = local.metric_namespace, metric = "MemoryPercent", statistic = "Average", dimensions = { InstanceId = it.id }
    }
    "${host}-disk" = {
      text = "The disk is over 80 % full. A rollout needs space for a release: raise disk_gib, or check `df -h` and `journalctl --disk-usage`."
      over = 80, period = 300, namespace = local.metric_namespace, metric = "DiskPercent", statistic = "Maximum", dimensions = { InstanceId = it.id }
    }
    "${host}-not-ready" = {
      text = "The service is not ready, or the host sends no metrics. `naru health` on the host gives the reason."
      over = 0, period = 60, evaluations = 3, missing = "breaching", namespace = local.metric_namespace, metric = "NotReady", statistic = "Minimum", dimensions = { InstanceId = it.id }
    }
  }]...)

  # Without credits such hosts stay at full speed and borrow, at extra cost. A new host has none: few credits are no alarm.
  credit_alarms = { for host, it in local.hosts : "${host}-credits" => {
    text = "The host has spent its CPU credits and borrowed an hour of one virtual CPU. It stays fast; what it does not save again within 24 hours costs US$ 0.05 for each such hour."
    over = 60, period = 300, namespace = "AWS/EC2", metric = "CPUSurplusCreditBalance", statistic = "Maximum", dimensions = { InstanceId = it.id }
  } if startswith(it.type, "t") }

  role_alarms = merge(
    { for host, it in local.hosts : "${host}-no-origin" => {
      text = "A gateway receives no heartbeat of any origin: no fan is called and nothing is sold. This includes times without an open room."
      over = 0, period = 60, evaluations = 2, namespace = local.metric_namespace, metric = "OriginSilent", statistic = "Minimum", dimensions = { InstanceId = it.id }
    } if it.role == "gateway" },
    { for host, it in local.hosts : "${host}-payments" => {
      text = "Payments have been unread for half a minute: no origin processes them. Check MySQL, the payment provider, and the origins' journal."
      over = 30, period = 60, evaluations = 2, namespace = local.metric_namespace, metric = "OldestPaymentSeconds", statistic = "Maximum", dimensions = { InstanceId = it.id }
    } if it.role == "origin" },
  )

  database_alarms = {
    "database-cpu" = {
      text = "The database's CPU is over 80 %: choose a larger database_instance_class."
      over = 80, period = 300, namespace = "AWS/RDS", metric = "CPUUtilization", statistic = "Average", dimensions = { DBInstanceIdentifier = aws_db_instance.main.identifier }
    }
    "database-storage" = {
      text  = "Less than 2 GiB of the database's storage are free, and it has not been extended automatically."
      under = 2147483648, period = 300, namespace = "AWS/RDS", metric = "FreeStorageSpace", statistic = "Minimum", dimensions = { DBInstanceIdentifier = aws_db_instance.main.identifier }
    }
    "database-connections" = {
      text = "More than 80 % of the database's connections are in use."
      over = floor(local.database_connections_max * 0.8), period = 60, evaluations = 3, namespace = "AWS/RDS", metric = "DatabaseConnections", statistic = "Maximum", dimensions = { DBInstanceIdentifier = aws_db_instance.main.identifier }
    }
  }

  redis_alarms = merge([for node in local.redis_nodes : {
    "redis-${node}-memory" = {
      text = "Redis' memory is over 75 % full. At 100 % it refuses writes and sales stop: choose a larger redis_node_type."
      over = 75, period = 60, evaluations = 3, namespace = "AWS/ElastiCache", metric = "DatabaseMemoryUsagePercentage", statistic = "Maximum", dimensions = { CacheClusterId = node }
    }
    "redis-${node}-evictions" = {
      text = "Redis evicts keys, which must never happen: its parameter maxmemory-policy is no longer noeviction."
      over = 0, period = 60, namespace = "AWS/ElastiCache", metric = "Evictions", statistic = "Sum", dimensions = { CacheClusterId = node }
    }
    "redis-${node}-cpu" = {
      text = "Redis' main thread is over 80 % busy."
      over = 80, period = 300, namespace = "AWS/ElastiCache", metric = "EngineCPUUtilization", statistic = "Average", dimensions = { CacheClusterId = node }
    }
  }]...)

  cdn_alarms = {
    "cdn-errors" = {
      text       = "More than 1 % of responses are server errors (5xx)."
      region     = "us-east-1"
      over       = 1, period = 60, evaluations = 3, namespace = "AWS/CloudFront", metric = "5xxErrorRate", statistic = "Average"
      dimensions = { DistributionId = aws_cloudfront_distribution.main.id, Region = "Global" }
    }
  }

  alarms = merge(local.host_alarms, local.credit_alarms, local.role_alarms, local.database_alarms, local.redis_alarms, local.cdn_alarms)
}

resource "aws_cloudwatch_metric_alarm" "this" {
  for_each = local.alarms

  region              = try(each.value.region, var.region)
  alarm_name          = "${var.name}-${each.key}"
  alarm_description   = each.value.text
  namespace           = each.value.namespace
  metric_name         = each.value.metric
  dimensions          = each.value.dimensions
  statistic           = each.value.statistic
  period              = each.value.period
  evaluation_periods  = try(each.value.evaluations, 1)
  threshold           = try(each.value.over, each.value.under)
  comparison_operator = can(each.value.over) ? "GreaterThanThreshold" : "LessThanThreshold"
  treat_missing_data  = try(each.value.missing, "notBreaching")
  alarm_actions       = [aws_sns_topic.alarms[try(each.value.region, var.region)].arn]
  ok_actions          = [aws_sns_topic.alarms[try(each.value.region, var.region)].arn]
}

resource "aws_sns_topic" "alarms" {
  for_each = local.alarm_regions

  region = each.key
  name   = "${var.name}-alarms"
}

resource "aws_sns_topic_subscription" "email" {
  for_each = var.alarm_email == null ? [] : local.alarm_regions

  region    = each.key
  topic_arn = aws_sns_topic.alarms[each.key].arn
  protocol  = "email"
  endpoint  = var.alarm_email
}

resource "aws_budgets_budget" "month" {
  count = var.alarm_email == null ? 0 : 1

  name         = var.name
  budget_type  = "COST"
  limit_amount = tostring(var.budget_usd)
  limit_unit   = "USD"
  time_unit    = "MONTHLY"

  dynamic "notification" {
    for_each = [{ type = "ACTUAL", percent = 80 }, { type = "ACTUAL", percent = 100 }, { type = "FORECASTED", percent = 100 }]

    content {
      notification_type          = notification.value.type
      comparison_operator        = "GREATER_THAN"
      threshold                  = notification.value.percent
      threshold_type             = "PERCENTAGE"
      subscriber_email_addresses = [var.alarm_email]
    }
  }
}
