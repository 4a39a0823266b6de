use super::container::or_default;
use crane_shared::ids::SwarmNodeId;
use crane_shared::model::{Engine, SwarmMembership};
use serde::Deserialize;
use std::collections::BTreeMap;

/// `GET /version`.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Version {
    #[serde(rename = "Version", default, deserialize_with = "or_default")]
    pub(super) version: String,
    #[serde(rename = "ApiVersion", default, deserialize_with = "or_default")]
    pub(super) api_version: String,
    #[serde(rename = "MinAPIVersion", default, deserialize_with = "or_default")]
    pub(super) minimum: String,
}

/// `GET /info`, as far as it matters here.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
#[derive(Default)]
pub(super) struct Info {
    #[serde(deserialize_with = "or_default")]
    driver: String,
    #[serde(deserialize_with = "or_default")]
    logging_driver: String,
    #[serde(deserialize_with = "or_default")]
    cgroup_driver: String,
    #[serde(deserialize_with = "or_default")]
    docker_root_dir: String,
    #[serde(deserialize_with = "or_default")]
    runtimes: BTreeMap<String, serde::de::IgnoredAny>,
    #[serde(deserialize_with = "or_default")]
    swarm: Swarm,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Swarm {
    #[serde(rename = "NodeID", deserialize_with = "or_default")]
    node_id: String,
    #[serde(rename = "NodeAddr", deserialize_with = "or_default")]
    address: String,
    #[serde(rename = "LocalNodeState", deserialize_with = "or_default")]
    state: String,
    #[serde(rename = "ControlAvailable", deserialize_with = "or_default")]
    manager: bool,
    #[serde(rename = "Cluster", deserialize_with = "or_default")]
    cluster: Cluster,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Cluster {
    #[serde(rename = "ID", deserialize_with = "or_default")]
    id: String,
}

/// `1.41` as numbers.
pub(super) fn api_version(text: &str) -> Option<(usize, usize)> {
    let (major, minor) = text.split_once('.')?;
    Some((major.parse().ok()?, minor.parse().ok()?))
}

pub(super) fn to_model(info: Info, version: Version, api: (usize, usize)) -> Engine {
    let swarm = info.swarm;
    // A locked or broken member says no node id, but it is a member all the same; without an id there is nothing
    // to tie it to, so it counts as none and the doctor says why.
    let swarm = SwarmNodeId::parse(swarm.node_id).ok().map(|node_id| SwarmMembership {
        node_id,
        cluster_id: swarm.cluster.id,
        state: swarm.state,
        address: swarm.address,
        manager: swarm.manager,
    });
    Engine {
        version: version.version,
        api_version: format!("{}.{}", api.0, api.1),
        api_minimum: version.minimum,
        storage_driver: info.driver,
        logging_driver: info.logging_driver,
        cgroup_driver: info.cgroup_driver,
        root_dir: info.docker_root_dir,
        runtimes: info.runtimes.into_keys().collect(),
        swarm,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(info: &str) -> Engine {
        let version = serde_json::from_str(r#"{"Version":"20.10.24","ApiVersion":"1.41","MinAPIVersion":"1.12"}"#);
        to_model(serde_json::from_str(info).unwrap(), version.unwrap(), (1, 41))
    }

    #[test]
    fn an_engine_in_no_swarm_has_no_membership() {
        let engine = read(
            r#"{"Driver":"overlay2","LoggingDriver":"json-file","CgroupDriver":"systemd","Runtimes":{"runc":{"path":"runc"}},
                "Swarm":{"NodeID":"","LocalNodeState":"inactive","ControlAvailable":false,"RemoteManagers":null}}"#,
        );
        assert_eq!(engine.swarm, None);
        assert_eq!(engine.runtimes, ["runc"]);
        assert_eq!(engine.api_version, "1.41");
    }

    #[test]
    fn a_swarm_manager_is_known_as_one() {
        let engine = read(
            r#"{"Swarm":{"NodeID":"k67qz4598weg5unwwffg6z1m1","NodeAddr":"10.0.0.46","LocalNodeState":"active",
                "ControlAvailable":true,"Cluster":{"ID":"abajmipo7b4xz5ip2nrla6b11"}}}"#,
        );
        let swarm = engine.swarm.unwrap();
        assert!(swarm.manager);
        assert_eq!(swarm.cluster_id, "abajmipo7b4xz5ip2nrla6b11");
    }

    #[test]
    fn nulls_and_missing_fields_do_not_hide_the_engine() {
        assert_eq!(
            read(r#"{"Driver":null,"Swarm":null,"Runtimes":null}"#).storage_driver,
            ""
        );
        assert_eq!(read("{}").swarm, None);
    }
}
