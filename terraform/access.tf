# Who reaches whom: CloudFront the gateways, gateways the origins, origins the database, both Redis. Nothing else.

data "aws_ec2_managed_prefix_list" "cloudfront" {
  name = "com.amazonaws.global.cloudfront.origin-facing"
}

locals {
  roles    = toset(["gateway", "origin"])
  balanced = { gateway = var.gateway_count > 1, origin = var.origin_count > 1 }
  ports    = { gateway = { public = 8080, internal = 9080 }, origin = { public = 8081, internal = 9081 } }

  groups = merge(
    {
      gateway  = "Gateway hosts"
      origin   = "Origin hosts"
      database = "MySQL"
      redis    = "Redis"
    },
    local.balanced.gateway ? { "gateway-balancer" = "Shares requests among gateways" } : {},
    local.balanced.origin ? { "origin-balancer" = "Shares requests among origins" } : {},
  )

  # Balancers stand between CloudFront and gateways, and between gateways and origins, from two hosts on. The direct ways
  # stay open beside them, so that requests pass on while a balancer is being put in.
  flows = merge(
    {
      gateway_to_origin  = { from = "gateway", to = "origin", port = local.ports.origin.public }
      gateway_to_redis   = { from = "gateway", to = "redis", port = 6379 }
      origin_to_redis    = { from = "origin", to = "redis", port = 6379 }
      origin_to_database = { from = "origin", to = "database", port = 3306 }
    },
    local.balanced.origin ? {
      gateway_to_origin_balancer = { from = "gateway", to = "origin-balancer", port = local.ports.origin.public }
    } : {},
    merge([for role in local.roles : local.balanced[role] ? {
      "${role}_balanced" = { from = "${role}-balancer", to = role, port = local.ports[role].public }
      "${role}_checked"  = { from = "${role}-balancer", to = role, port = local.ports[role].internal }
    } : {}]...),
  )
}

resource "aws_security_group" "this" {
  for_each = local.groups

  name        = "${var.name}-${each.key}"
  description = each.value
  vpc_id      = aws_vpc.main.id
  tags        = { Name = "${var.name}-${each.key}" }
}

resource "aws_vpc_security_group_ingress_rule" "cloudfront" {
  for_each = toset(local.balanced.gateway ? ["gateway", "gateway-balancer"] : ["gateway"])

  security_group_id = aws_security_group.this[each.key].id
  description       = "CloudFront"
  ip_protocol       = "tcp"
  from_port         = local.ports.gateway.public
  to_port           = local.ports.gateway.public
  prefix_list_id    = data.aws_ec2_managed_prefix_list.cloudfront.id
}

resource "aws_vpc_security_group_ingress_rule" "internal" {
  for_each = local.flows

  security_group_id            = aws_security_group.this[each.value.to].id
  description                  = replace(each.key, "_", " ")
  ip_protocol                  = "tcp"
  from_port                    = each.value.port
  to_port                      = each.value.port
  referenced_security_group_id = aws_security_group.this[each.value.from].id
}

# Balancers reach their hosts only. Stores reach nothing.
resource "aws_vpc_security_group_egress_rule" "internal" {
  for_each = { for name, flow in local.flows : name => flow if endswith(flow.from, "-balancer") }

  security_group_id            = aws_security_group.this[each.value.from].id
  description                  = replace(each.key, "_", " ")
  ip_protocol                  = "tcp"
  from_port                    = each.value.port
  to_port                      = each.value.port
  referenced_security_group_id = aws_security_group.this[each.value.to].id
}

# Hosts reach stores, AWS's interfaces, the payment provider, a mail server at a port that only its operator knows.
resource "aws_vpc_security_group_egress_rule" "hosts" {
  for_each = local.roles

  security_group_id = aws_security_group.this[each.key].id
  description       = "Stores, AWS, payment provider, mail server, beacon"
  ip_protocol       = "-1"
  cidr_ipv4         = "0.0.0.0/0"
}
