//! What we read of Docker's Swarm objects. Only what is shown is named here; nothing of it is ever written back.

use super::SwarmNode;
use crane_shared::api;
use crane_shared::time::Timestamp;
use serde::Deserialize;
use std::collections::BTreeMap;

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(super) struct Service {
    #[serde(rename = "ID")]
    id: String,
    created_at: String,
    updated_at: String,
    spec: ServiceSpec,
    endpoint: Option<Endpoint>,
    update_status: Option<UpdateStatus>,
    /// Only when `status=true` was asked.
    service_status: Option<ServiceStatus>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct ServiceSpec {
    name: String,
    labels: Option<BTreeMap<String, String>>,
    task_template: TaskSpec,
    mode: Mode,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct TaskSpec {
    container_spec: Option<ContainerSpec>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct ContainerSpec {
    image: String,
}

/// One of these is set; a mode that a later engine invents leaves all of them out.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Mode {
    replicated: Option<Replicated>,
    global: Option<serde::de::IgnoredAny>,
    replicated_job: Option<ReplicatedJob>,
    global_job: Option<serde::de::IgnoredAny>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Replicated {
    replicas: Option<u64>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct ReplicatedJob {
    total_completions: Option<u64>,
}

impl Mode {
    /// Its name, and how many tasks it wants when the engine does not say.
    fn view(&self) -> (&'static str, u64) {
        if let Some(mode) = &self.replicated {
            ("replicated", mode.replicas.unwrap_or(1))
        } else if let Some(mode) = &self.replicated_job {
            ("replicated-job", mode.total_completions.unwrap_or(1))
        } else if self.global.is_some() {
            ("global", 0)
        } else if self.global_job.is_some() {
            ("global-job", 0)
        } else {
            ("unknown", 0)
        }
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Endpoint {
    ports: Option<Vec<PortConfig>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct PortConfig {
    protocol: String,
    target_port: u16,
    published_port: Option<u16>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct UpdateStatus {
    state: Option<String>,
    message: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct ServiceStatus {
    running_tasks: u64,
    desired_tasks: u64,
}

impl Service {
    pub(super) fn view(self) -> api::Service {
        let (mode, wanted) = self.spec.mode.view();
        let (running, desired) = self
            .service_status
            .map_or((0, wanted), |status| (status.running_tasks, status.desired_tasks));
        let update = self.update_status.unwrap_or_default();
        api::Service {
            id: self.id,
            name: self.spec.name,
            stack: self
                .spec
                .labels
                .unwrap_or_default()
                .remove("com.docker.stack.namespace"),
            image: self.spec.task_template.container_spec.unwrap_or_default().image,
            mode: mode.to_owned(),
            tasks_running: running,
            tasks_desired: desired,
            created: moment(&self.created_at),
            updated: moment(&self.updated_at),
            update_state: update.state.filter(|state| !state.is_empty()),
            update_message: update.message.filter(|message| !message.is_empty()),
            ports: self
                .endpoint
                .unwrap_or_default()
                .ports
                .unwrap_or_default()
                .iter()
                .map(PortConfig::view)
                .collect(),
        }
    }
}

impl PortConfig {
    fn view(&self) -> String {
        match self.published_port.filter(|port| *port != 0) {
            Some(published) => format!("{published}->{}/{}", self.target_port, self.protocol),
            None => format!("{}/{}", self.target_port, self.protocol),
        }
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(super) struct Node {
    #[serde(rename = "ID")]
    pub(super) id: String,
    spec: NodeSpec,
    description: NodeDescription,
    status: NodeStatus,
    manager_status: Option<ManagerStatus>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct NodeSpec {
    availability: String,
    labels: Option<BTreeMap<String, String>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct NodeDescription {
    hostname: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct NodeStatus {
    state: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct ManagerStatus {
    leader: bool,
}

impl Node {
    pub(super) fn view(self) -> SwarmNode {
        SwarmNode {
            hostname: self.description.hostname,
            availability: self.spec.availability,
            state: self.status.state,
            leader: self.manager_status.is_some_and(|status| status.leader),
            labels: self.spec.labels.unwrap_or_default(),
        }
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(super) struct Task {
    #[serde(rename = "ID")]
    id: String,
    updated_at: String,
    #[serde(rename = "ServiceID")]
    service_id: String,
    slot: Option<u64>,
    #[serde(rename = "NodeID")]
    node_id: String,
    spec: TaskSpec,
    desired_state: String,
    status: TaskStatus,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct TaskStatus {
    state: String,
    message: String,
    err: Option<String>,
    container_status: Option<ContainerStatus>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct ContainerStatus {
    #[serde(rename = "ContainerID")]
    container_id: String,
}

impl Task {
    /// `service` is the name of the service, `hostname` turns a Swarm node id into a name.
    pub(super) fn view(self, service: &str, hostname: impl Fn(&str) -> Option<String>) -> api::Task {
        let slot = self.slot.filter(|slot| *slot != 0);
        // As the engine names the container: by slot, or by node for a global service.
        let place = slot.map_or_else(|| self.node_id.clone(), |slot| slot.to_string());
        api::Task {
            name: format!("{service}.{place}.{}", self.id),
            service_id: self.service_id,
            service: service.to_owned(),
            slot,
            node: Some(&self.node_id)
                .filter(|id| !id.is_empty())
                .map(|id| hostname(id).unwrap_or_else(|| id.clone())),
            container_id: self
                .status
                .container_status
                .map(|status| status.container_id)
                .filter(|id| !id.is_empty()),
            image: self.spec.container_spec.unwrap_or_default().image,
            desired_state: self.desired_state,
            state: self.status.state,
            message: self.status.message,
            error: self.status.err.filter(|err| !err.is_empty()),
            updated: moment(&self.updated_at),
            id: self.id,
        }
    }
}

fn moment(text: &str) -> String {
    Timestamp::from_rfc3339(text).unwrap_or_default().to_rfc3339()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_service_of_a_real_engine_is_read() {
        let raw = r#"[{"ID":"z8x3","Version":{"Index":21},"CreatedAt":"2024-05-01T10:00:00.123456789Z",
            "UpdatedAt":"2024-05-01T10:00:01Z","Spec":{"Name":"shop_web","Labels":{"com.docker.stack.namespace":"shop"},
            "TaskTemplate":{"ContainerSpec":{"Image":"nginx:1.27@sha256:ab"},"ForceUpdate":0,"Runtime":"container"},
            "Mode":{"Replicated":{"Replicas":3}},"EndpointSpec":{"Mode":"vip"}},
            "Endpoint":{"Spec":{},"Ports":[{"Protocol":"tcp","TargetPort":80,"PublishedPort":8000,"PublishMode":"ingress"}]},
            "UpdateStatus":{"State":"completed","Message":"update completed"},
            "ServiceStatus":{"RunningTasks":2,"DesiredTasks":3,"CompletedTasks":0}},
            {"ID":"g","Spec":{"Name":"all","TaskTemplate":{},"Mode":{"Global":{}}},"Endpoint":{}}]"#;
        let services: Vec<Service> = serde_json::from_str(raw).unwrap();
        let views: Vec<_> = services.into_iter().map(Service::view).collect();
        let [web, all] = views.as_slice() else {
            panic!("{views:?}")
        };
        assert_eq!((web.tasks_running, web.tasks_desired), (2, 3));
        assert_eq!(web.stack.as_deref(), Some("shop"));
        assert_eq!(web.ports, ["8000->80/tcp"]);
        assert_eq!(web.update_state.as_deref(), Some("completed"));
        assert_eq!(web.created, "2024-05-01T10:00:00.123Z");
        assert_eq!((all.mode.as_str(), all.tasks_desired), ("global", 0));
    }

    #[test]
    fn a_task_is_named_as_its_container() {
        let raw = r#"{"ID":"t1","ServiceID":"s1","Slot":2,"NodeID":"n1","DesiredState":"shutdown",
            "Status":{"State":"failed","Message":"started","Err":"task: non-zero exit (1)","ContainerStatus":{"ContainerID":"c1","ExitCode":1}},
            "Spec":{"ContainerSpec":{"Image":"web:1"}},"UpdatedAt":"2024-05-01T10:00:00Z"}"#;
        let task: Task = serde_json::from_str(raw).unwrap();
        let view = task.view("web", |id| (id == "n1").then(|| "alpha".to_owned()));
        assert_eq!((view.name.as_str(), view.node.as_deref()), ("web.2.t1", Some("alpha")));
        assert_eq!(view.error.as_deref(), Some("task: non-zero exit (1)"));
        assert_eq!(view.container_id.as_deref(), Some("c1"));
    }
}
