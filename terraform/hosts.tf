# Hosts: Amazon Linux in private subnets, without SSH. A host that boots fetches the current release.

data "aws_ssm_parameter" "image" {
  name = "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-${local.architecture == "arm64" ? "arm64" : "x86_64"}"
}

locals {
  architecture = can(regex("^[a-z]+[0-9]+g", var.gateway_instance_type)) ? "arm64" : "x64"
  image_id     = var.image_id != null ? var.image_id : nonsensitive(data.aws_ssm_parameter.image.value)
  hosts = merge(
    { for index in range(var.gateway_count) : "gateway-${index + 1}" => { role = "gateway", type = var.gateway_instance_type, id = aws_instance.gateway[index].id } },
    { for index in range(var.origin_count) : "origin-${index + 1}" => { role = "origin", type = var.origin_instance_type, id = aws_instance.origin[index].id } },
  )

  user_data = {
    for role in local.roles : role => templatefile("${path.module}/files/user-data.yaml.tftpl", {
      place     = jsonencode({ name = var.name, region = var.region, role = role })
      bootstrap = templatefile("${path.module}/files/bootstrap.sh.tftpl", { name = var.name, region = var.region, role = role })
    })
  }
}

resource "aws_instance" "gateway" {
  count = var.gateway_count

  ami                    = local.image_id
  instance_type          = var.gateway_instance_type
  subnet_id              = aws_subnet.private[count.index % 2].id
  vpc_security_group_ids = [aws_security_group.this["gateway"].id]
  iam_instance_profile   = aws_iam_instance_profile.this["gateway"].name
  user_data              = local.user_data.gateway

  metadata_options {
    http_endpoint               = "enabled"
    http_tokens                 = "required"
    http_put_response_hop_limit = 1
  }

  root_block_device {
    volume_type = "gp3"
    volume_size = var.disk_gib
    encrypted   = true
  }

  tags = { Name = "${var.name}-gateway-${count.index + 1}" }

  # A newer image or another bootstrap is for new hosts: no running host is replaced for it.
  lifecycle {
    ignore_changes = [ami, user_data]
  }

  depends_on = [aws_route.private, aws_route_table_association.private, aws_iam_role_policy.this]
}

resource "aws_instance" "origin" {
  count = var.origin_count

  ami                    = local.image_id
  instance_type          = var.origin_instance_type
  subnet_id              = aws_subnet.private[count.index % 2].id
  vpc_security_group_ids = [aws_security_group.this["origin"].id]
  iam_instance_profile   = aws_iam_instance_profile.this["origin"].name
  user_data              = local.user_data.origin

  metadata_options {
    http_endpoint               = "enabled"
    http_tokens                 = "required"
    http_put_response_hop_limit = 1
  }

  root_block_device {
    volume_type = "gp3"
    volume_size = var.disk_gib
    encrypted   = true
  }

  tags = { Name = "${var.name}-origin-${count.index + 1}" }

  lifecycle {
    ignore_changes = [ami, user_data]
  }

  depends_on = [aws_route.private, aws_route_table_association.private, aws_iam_role_policy.this]
}

# Balancers, for a role with two hosts and more.

locals {
  balanced_roles = toset([for role in local.roles : role if local.balanced[role]])
}

resource "aws_lb" "this" {
  for_each = local.balanced_roles

  name               = "${var.name}-${each.key}"
  internal           = true
  load_balancer_type = "application"
  security_groups    = [aws_security_group.this["${each.key}-balancer"].id]
  subnets            = aws_subnet.private[*].id
  # Shorter than the services keep idle connections (65 s), so that none is used that is just being closed.
  idle_timeout               = 60
  drop_invalid_header_fields = true
  # Otherwise `:8080` is added to Host, with which the gateway compares the Origin that older browsers send.
  preserve_host_header = true
}

resource "aws_lb_target_group" "this" {
  for_each = local.balanced_roles

  name                          = "${var.name}-${each.key}"
  port                          = local.ports[each.key].public
  protocol                      = "HTTP"
  vpc_id                        = aws_vpc.main.id
  deregistration_delay          = 30
  load_balancing_algorithm_type = "least_outstanding_requests"

  health_check {
    path                = "/readyz"
    port                = tostring(local.ports[each.key].internal)
    matcher             = "200"
    interval            = 5
    timeout             = 3
    healthy_threshold   = 2
    unhealthy_threshold = 2
  }
}

resource "aws_lb_target_group_attachment" "gateway" {
  count = local.balanced.gateway ? var.gateway_count : 0

  target_group_arn = aws_lb_target_group.this["gateway"].arn
  target_id        = aws_instance.gateway[count.index].id
}

resource "aws_lb_target_group_attachment" "origin" {
  count = local.balanced.origin ? var.origin_count : 0

  target_group_arn = aws_lb_target_group.this["origin"].arn
  target_id        = aws_instance.origin[count.index].id
}

resource "aws_lb_listener" "this" {
  for_each = local.balanced_roles

  load_balancer_arn = aws_lb.this[each.key].arn
  port              = local.ports[each.key].public
  protocol          = "HTTP"

  default_action {
    type             = "forward"
    target_group_arn = aws_lb_target_group.this[each.key].arn
  }
}
