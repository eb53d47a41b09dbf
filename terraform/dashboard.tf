locals {
  # One row has three charts; each is a title, and lines of [namespace, metric, dimension, value, …].
  charts = [
    { title = "CPU of the hosts, %", lines = [for host, it in local.hosts : ["AWS/EC2", "CPUUtilization", "InstanceId", it.id, { label = host }]] },
    { title = "Memory of the hosts, %", lines = [for host, it in local.hosts : [local.metric_namespace, "MemoryPercent", "InstanceId", it.id, { label = host }]] },
    { title = "Oldest payment, s; no origin; not ready", lines = concat(
      [for host, it in local.hosts : [local.metric_namespace, "OldestPaymentSeconds", "InstanceId", it.id, { label = "${host} payments" }] if it.role == "origin"],
      [for host, it in local.hosts : [local.metric_namespace, "OriginSilent", "InstanceId", it.id, { label = "${host} no origin" }] if it.role == "gateway"],
      [for host, it in local.hosts : [local.metric_namespace, "NotReady", "InstanceId", it.id, { label = "${host} not ready" }]],
    ) },
    { title = "Requests at the CDN", region = "us-east-1", statistic = "Sum", lines = [["AWS/CloudFront", "Requests", "DistributionId", aws_cloudfront_distribution.main.id, "Region", "Global"]] },
    { title = "Errors at the CDN, %", region = "us-east-1", lines = [for metric in ["4xxErrorRate", "5xxErrorRate"] : ["AWS/CloudFront", metric, "DistributionId", aws_cloudfront_distribution.main.id, "Region", "Global"]] },
    { title = "CPU credits, and borrowed ones", lines = flatten([for metric in ["CPUCreditBalance", "CPUSurplusCreditBalance"] : [
      for host, it in local.hosts : { line = ["AWS/EC2", metric, "InstanceId", it.id, { label = metric == "CPUCreditBalance" ? host : "${host} borrowed" }] }
    ]])[*].line },
    { title = "Database: CPU, %, and connections", lines = [for metric in ["CPUUtilization", "DatabaseConnections"] : ["AWS/RDS", metric, "DBInstanceIdentifier", aws_db_instance.main.identifier]] },
    { title = "Redis: memory and CPU, %", lines = flatten([for metric in ["DatabaseMemoryUsagePercentage", "EngineCPUUtilization"] : [
      for node in local.redis_nodes : { line = ["AWS/ElastiCache", metric, "CacheClusterId", node] }
    ]])[*].line },
    { title = "Disks, %", lines = [for host, it in local.hosts : [local.metric_namespace, "DiskPercent", "InstanceId", it.id, { label = host }]] },
  ]
}

resource "aws_cloudwatch_dashboard" "main" {
  dashboard_name = var.name
  dashboard_body = jsonencode({
    widgets = [for index, chart in local.charts : {
      type   = "metric"
      x      = index % 3 * 8
      y      = floor(index / 3) * 6
      width  = 8
      height = 6
      properties = {
        title   = chart.title
        region  = try(chart.region, var.region)
        stat    = try(chart.statistic, "Maximum")
        period  = 60
        metrics = chart.lines
      }
    }]
  })
}
