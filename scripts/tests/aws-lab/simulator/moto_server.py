"""moto's server with what the AWS provider asks of ElastiCache and moto 5.2.5 lacks: the member clusters of a
replication group, parameter groups, and word of the AUTH token.

moto_server.py HOST PORT EVENTS: appends a line of JSON to the file EVENTS for each AUTH token that is set, so that the
rehearsal's Redis can follow, as ElastiCache's own would.
"""

import inspect
import json
import sys

from moto.core.responses import ActionResult
from moto.elasticache import models, responses
from moto.server import main

HOST, PORT, EVENTS = sys.argv[1:4]
Backend = models.ElastiCacheBackend
Response = responses.ElastiCacheResponse
create_group = Backend.create_replication_group
delete_group = Backend.delete_replication_group
CLUSTER_ARGUMENTS = [name for name in inspect.signature(Backend.create_cache_cluster).parameters if name != "self"]


def tell_token(group_id, token):
    if token:
        with open(EVENTS, "a") as events:
            events.write(json.dumps({"group": group_id, "token": token}) + "\n")


def create_replication_group(self, *args, **given):
    if given.get("num_cache_clusters") and not given.get("replicas_per_node_group"):
        # moto makes one node whatever is asked for.
        given["replicas_per_node_group"] = int(given["num_cache_clusters"]) - 1
    group = create_group(self, *args, **given)
    group.at_rest_encryption_enabled = bool(given.get("at_rest_encryption_enabled"))
    for node in group.node_groups:
        primary = node.get("primary_endpoint") or {}
        address = str(primary.get("address", "")).replace("master.", "replica.")
        node["reader_endpoint"] = {"address": address, "port": primary.get("port")}
    for number in range(1, int(given.get("num_cache_clusters") or 1) + 1):
        cluster_id = f"{group.replication_group_id}-{number:03}"
        if cluster_id not in self.cache_clusters:
            add_member(self, group.replication_group_id, cluster_id, given)
    tell_token(group.replication_group_id, given.get("auth_token"))
    return group


def add_member(self, group_id, cluster_id, given):
    """A cluster of the group, described as ElastiCache does: terraform reads security groups and versions there."""
    parameters = given.get("cache_parameter_group_name") or "default.redis7"
    wanted = {
        "cache_cluster_id": cluster_id,
        "replication_group_id": group_id,
        "cache_node_type": given.get("cache_node_type"),
        "num_cache_nodes": 1,
        "engine": given.get("engine") or "redis",
        "engine_version": (given.get("engine_version") or "7.1.0").replace("7.x", "7.1.0"),
        "port": given.get("port") or 6379,
        "security_group_ids": given.get("security_group_ids") or [],
        "cache_subnet_group_name": given.get("cache_subnet_group_name"),
        "cache_parameter_group_name": given.get("cache_parameter_group_name"),
        "tags": [],
        "cache_node_ids_to_remove": [],
        "cache_node_ids_to_reboot": [],
    }
    self.create_cache_cluster(**{**dict.fromkeys(CLUSTER_ARGUMENTS), **wanted})
    member = self.cache_clusters[cluster_id]
    member.cache_cluster_status = "available"
    member.at_rest_encryption_enabled = bool(given.get("at_rest_encryption_enabled"))
    member.transit_encryption_enabled = bool(given.get("transit_encryption_enabled"))
    member.auth_token_enabled = bool(given.get("auth_token"))
    member.auto_minor_version_upgrade = True
    member.cache_parameter_group = {"CacheParameterGroupName": parameters, "ParameterApplyStatus": "in-sync"}
    member.security_groups = [
        {"SecurityGroupId": group, "Status": "active"} for group in given.get("security_group_ids") or []
    ]


def delete_replication_group(self, replication_group_id, *args, **given):
    clusters = self.cache_clusters
    for member in [name for name, it in clusters.items() if it.replication_group_id == replication_group_id]:
        del clusters[member]
    group = delete_group(self, replication_group_id, *args, **given)
    # moto would say "deleting" from now on.
    self.replication_groups.pop(replication_group_id, None)
    return group


def parameter_groups(self):
    return self.elasticache_backend.__dict__.setdefault("parameter_groups", {})


def create_cache_parameter_group(self):
    name = self._get_param("CacheParameterGroupName")
    group = parameter_groups(self)[name] = {
        "CacheParameterGroupName": name,
        "CacheParameterGroupFamily": self._get_param("CacheParameterGroupFamily"),
        "Description": self._get_param("Description"),
        "IsGlobal": False,
        "values": {},
        "ARN": f"arn:aws:elasticache:{self.region}:{self.current_account}:parametergroup:{name}",
    }
    return ActionResult({"CacheParameterGroup": group})


def describe_cache_parameter_groups(self):
    name = self._get_param("CacheParameterGroupName")
    found = [group for key, group in parameter_groups(self).items() if name in (None, key)]
    if name and not found:
        error = getattr(models, "CacheParameterGroupNotFound", models.InvalidParameterValueException)
        raise error(f"CacheParameterGroup {name} not found.")
    return ActionResult({"CacheParameterGroups": found})


def modify_cache_parameter_group(self):
    name = self._get_param("CacheParameterGroupName")
    for parameter in self._get_param("ParameterNameValues", []):
        parameter_groups(self)[name]["values"][parameter["ParameterName"]] = parameter["ParameterValue"]
    return ActionResult({"CacheParameterGroupName": name})


def describe_cache_parameters(self):
    values = parameter_groups(self)[self._get_param("CacheParameterGroupName")]["values"]
    parameters = [
        {"ParameterName": name, "ParameterValue": value, "Source": "user", "IsModifiable": True}
        for name, value in values.items()
    ]
    return ActionResult({"Parameters": parameters})


def delete_cache_parameter_group(self):
    parameter_groups(self).pop(self._get_param("CacheParameterGroupName"), None)
    return ActionResult({})


def delete_cache_subnet_group(self):
    self.elasticache_backend.cache_subnet_groups.pop(self._get_param("CacheSubnetGroupName"), None)
    return ActionResult({})


for verb in (create_replication_group, delete_replication_group):
    setattr(Backend, verb.__name__, verb)
for verb in (
    create_cache_parameter_group,
    describe_cache_parameter_groups,
    modify_cache_parameter_group,
    describe_cache_parameters,
    delete_cache_parameter_group,
    delete_cache_subnet_group,
):
    setattr(Response, verb.__name__, verb)

main(["-H", HOST, "-p", PORT])
