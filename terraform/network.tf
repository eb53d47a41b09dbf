# Four subnets over two zones: the public pair has only the NAT gateway, hosts and stores are in the private pair. CloudFront
# comes in by a connection of its own (a VPC origin), so that no host has a public address.

data "aws_availability_zones" "available" {
  state = "available"

  filter {
    name   = "opt-in-status"
    values = ["opt-in-not-required"]
  }

  # CloudFront's VPC origins do not reach these.
  exclude_zone_ids = ["use1-az3", "usw1-az2", "apne1-az3", "apne2-az1", "cac1-az3"]
}

data "aws_ec2_instance_type_offerings" "zone" {
  for_each = toset(data.aws_availability_zones.available.names)

  location_type = "availability-zone"

  filter {
    name   = "location"
    values = [each.key]
  }
  filter {
    name   = "instance-type"
    values = local.instance_types
  }
}

locals {
  instance_types = distinct([var.gateway_instance_type, var.origin_instance_type])
  zones_offered = [
    for zone in sort(data.aws_availability_zones.available.names) : zone
    if length(setsubtract(local.instance_types, data.aws_ec2_instance_type_offerings.zone[zone].instance_types)) == 0
  ]
  zones = length(var.zones) == 2 ? var.zones : slice(local.zones_offered, 0, min(2, length(local.zones_offered)))
}

resource "aws_vpc" "main" {
  cidr_block           = var.network
  enable_dns_hostnames = true
  tags                 = { Name = var.name }

  lifecycle {
    precondition {
      condition     = length(local.zones) == 2
      error_message = "Fewer than two availability zones of ${var.region} offer both ${var.gateway_instance_type} and ${var.origin_instance_type}. Choose other instance types, or set zones."
    }
  }
}

# Closed: nothing uses the group that comes with the VPC.
resource "aws_default_security_group" "unused" {
  vpc_id = aws_vpc.main.id
}

resource "aws_internet_gateway" "main" {
  vpc_id = aws_vpc.main.id
  tags   = { Name = var.name }
}

resource "aws_subnet" "public" {
  count = 2

  vpc_id            = aws_vpc.main.id
  cidr_block        = cidrsubnet(var.network, 4, count.index)
  availability_zone = local.zones[count.index]
  tags              = { Name = "${var.name}-public-${count.index + 1}" }
}

resource "aws_subnet" "private" {
  count = 2

  vpc_id            = aws_vpc.main.id
  cidr_block        = cidrsubnet(var.network, 4, 8 + count.index)
  availability_zone = local.zones[count.index]
  tags              = { Name = "${var.name}-private-${count.index + 1}" }
}

resource "aws_route_table" "public" {
  vpc_id = aws_vpc.main.id
  tags   = { Name = "${var.name}-public" }
}

resource "aws_route" "public" {
  route_table_id         = aws_route_table.public.id
  destination_cidr_block = "0.0.0.0/0"
  gateway_id             = aws_internet_gateway.main.id
}

resource "aws_route_table_association" "public" {
  count = 2

  subnet_id      = aws_subnet.public[count.index].id
  route_table_id = aws_route_table.public.id
}

# Outgoing connections of the hosts: payment provider, mail server, beacon, AWS's APIs. One for both zones: when its zone
# fails, only these are unavailable.
resource "aws_eip" "nat" {
  domain = "vpc"
  tags   = { Name = "${var.name}-nat" }
}

resource "aws_nat_gateway" "main" {
  allocation_id = aws_eip.nat.id
  subnet_id     = aws_subnet.public[0].id
  tags          = { Name = var.name }

  depends_on = [aws_route.public]
}

resource "aws_route_table" "private" {
  vpc_id = aws_vpc.main.id
  tags   = { Name = "${var.name}-private" }
}

resource "aws_route" "private" {
  route_table_id         = aws_route_table.private.id
  destination_cidr_block = "0.0.0.0/0"
  nat_gateway_id         = aws_nat_gateway.main.id
}

resource "aws_route_table_association" "private" {
  count = 2

  subnet_id      = aws_subnet.private[count.index].id
  route_table_id = aws_route_table.private.id
}

# Releases and images do not pass the NAT gateway, which costs by the gigabyte.
resource "aws_vpc_endpoint" "s3" {
  vpc_id          = aws_vpc.main.id
  service_name    = "com.amazonaws.${var.region}.s3"
  route_table_ids = [aws_route_table.private.id]
  tags            = { Name = "${var.name}-s3" }
}
