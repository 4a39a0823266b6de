use crate::args::{Format, ServiceCommand};
use crate::client::Client;
use crate::output::{self, ago, short};
use crane_shared::api::{List, Service, Task};

pub(super) async fn run(client: &Client, format: Format, command: ServiceCommand) -> anyhow::Result<u8> {
    match command {
        ServiceCommand::Ls => {
            let services: List<Service> = client.all("/api/v1/services", &[]).await?;
            output::list(format, &services, services_table)?;
        }
        ServiceCommand::Ps { service } => {
            let path = format!("/api/v1/services/{}/tasks", super::segment(&service));
            let tasks: List<Task> = client.all(&path, &[]).await?;
            output::list(format, &tasks, tasks_table)?;
        }
    }
    Ok(0)
}

fn services_table(services: &[Service]) -> String {
    let header = ["NAME", "MODE", "TASKS", "IMAGE", "PORTS", "UPDATE", "ID"];
    let rows = services.iter().map(|service| {
        vec![
            service.name.clone(),
            service.mode.clone(),
            format!("{}/{}", service.tasks_running, service.tasks_desired),
            service.image.split("@sha256:").next().unwrap_or_default().into(),
            service.ports.join(", "),
            service.update_state.clone().unwrap_or_else(|| "-".into()),
            short(&service.id).into(),
        ]
    });
    output::table(&header, &[2], rows.collect())
}

fn tasks_table(tasks: &[Task]) -> String {
    let header = ["NAME", "NODE", "DESIRED", "STATE", "SINCE", "ERROR", "CONTAINER"];
    let rows = tasks.iter().map(|task| {
        vec![
            task.name.clone(),
            task.node.clone().unwrap_or_else(|| "-".into()),
            task.desired_state.clone(),
            task.state.clone(),
            ago(&task.updated),
            task.error.clone().unwrap_or_default(),
            task.container_id.as_deref().map_or("-", short).into(),
        ]
    });
    output::table(&header, &[], rows.collect())
}
