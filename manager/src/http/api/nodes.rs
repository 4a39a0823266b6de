use super::{at, done, json, series, whole};
use crate::access::Caller;
use crate::audit::Outcome;
use crate::docker::query_parameters::{ListImagesOptions, ListNetworksOptions, ListVolumesOptions};
use crate::docker::{models, refusal};
use crate::http::Rooms;
use crate::http::call::Call;
use crate::http::error::{Answer, ApiError};
use crate::http::table::Name;
use crate::metrics::Subject;
use crane_shared::api::{Finding, Image, Network, Node, Volume};
use crane_shared::model::Severity;
use crane_shared::protocol::RunDoctor;
use crane_shared::time::Timestamp;
use std::sync::Arc;
use warp::Filter as _;
use warp::filters::BoxedFilter;

pub(super) fn routes(rooms: &Arc<Rooms>) -> BoxedFilter<(Answer,)> {
    let list = at(rooms, Name::Nodes).then(list);
    let show = at(rooms, Name::Node).then(show);
    let remove = at(rooms, Name::RemoveNode).then(remove);
    let images = at(rooms, Name::NodeImages).then(images);
    let networks = at(rooms, Name::NodeNetworks).then(networks);
    let volumes = at(rooms, Name::NodeVolumes).then(volumes);
    let doctor = at(rooms, Name::NodeDoctor).then(doctor);
    let history = at(rooms, Name::NodeSeries).then(history);
    let own = list.or(show).unify().or(remove).unify().boxed();
    let docker = images.or(networks).unify().or(volumes).unify().boxed();
    own.or(docker).unify().or(doctor).unify().or(history).unify().boxed()
}

async fn list(rooms: Arc<Rooms>, _caller: Caller, call: Arc<Call>) -> Answer {
    call.one_page()?;
    json(&rooms.cluster.nodes())
}

async fn show(rooms: Arc<Rooms>, _caller: Caller, call: Arc<Call>) -> Answer {
    call.query().end()?;
    json(&named(&rooms, &call)?)
}

async fn remove(rooms: Arc<Rooms>, caller: Caller, call: Arc<Call>) -> Answer {
    let node = named(&rooms, &call)?;
    let target = format!("node {} ({})", node.name, node.id);
    rooms.registry.remove(&node.id).await?;
    rooms
        .note(&caller, "node.remove", target, Outcome::Done, String::new())
        .await?;
    done()
}

async fn images(rooms: Arc<Rooms>, _caller: Caller, call: Arc<Call>) -> Answer {
    call.one_page()?;
    let docker = rooms.agents.docker(&named(&rooms, &call)?.id)?;
    let all = docker.list_images(None::<ListImagesOptions>).await.map_err(refusal)?;
    let mut all: Vec<Image> = all.into_iter().map(image).collect();
    all.sort_by(|a, b| (&a.tags, &a.id).cmp(&(&b.tags, &b.id)));
    json(&whole(all))
}

async fn networks(rooms: Arc<Rooms>, _caller: Caller, call: Arc<Call>) -> Answer {
    call.one_page()?;
    let docker = rooms.agents.docker(&named(&rooms, &call)?.id)?;
    let all = docker
        .list_networks(None::<ListNetworksOptions>)
        .await
        .map_err(refusal)?;
    let mut all: Vec<Network> = all.into_iter().map(network).collect();
    all.sort_by(|a, b| (&a.name, &a.id).cmp(&(&b.name, &b.id)));
    json(&whole(all))
}

async fn volumes(rooms: Arc<Rooms>, _caller: Caller, call: Arc<Call>) -> Answer {
    call.one_page()?;
    let docker = rooms.agents.docker(&named(&rooms, &call)?.id)?;
    let all = docker.list_volumes(None::<ListVolumesOptions>).await.map_err(refusal)?;
    let mut all: Vec<Volume> = all.volumes.unwrap_or_default().into_iter().map(volume).collect();
    all.sort_by(|a, b| a.name.cmp(&b.name));
    json(&whole(all))
}

async fn doctor(rooms: Arc<Rooms>, _caller: Caller, call: Arc<Call>) -> Answer {
    call.one_page()?;
    let findings = rooms.agents.ask(&named(&rooms, &call)?.id, RunDoctor {}).await?;
    let show = |finding: crane_shared::model::Finding| Finding {
        check: finding.check,
        severity: match finding.severity {
            Severity::Ok => "ok",
            Severity::Warning => "warning",
            Severity::Error => "error",
        }
        .to_owned(),
        saw: finding.saw,
        next: finding.next,
    };
    json(&whole(findings.into_iter().map(show).collect()))
}

async fn history(rooms: Arc<Rooms>, _caller: Caller, call: Arc<Call>) -> Answer {
    let node = named(&rooms, &call)?;
    series(&rooms, &call, Subject::Node(node.id)).await
}

/// The node that `{id}` names.
fn named(rooms: &Rooms, call: &Call) -> Result<Node, ApiError> {
    Ok(rooms.cluster.node(call.id())?)
}

fn image(image: models::ImageSummary) -> Image {
    Image {
        id: image.id,
        tags: image
            .repo_tags
            .into_iter()
            .filter(|tag| tag != "<none>:<none>")
            .collect(),
        digests: image
            .repo_digests
            .into_iter()
            .filter(|digest| digest != "<none>@<none>")
            .collect(),
        created: Timestamp(image.created.saturating_mul(1000)).to_rfc3339(),
        size: u64::try_from(image.size).unwrap_or(0),
    }
}

fn network(network: models::Network) -> Network {
    let subnets = network.ipam.and_then(|ipam| ipam.config).unwrap_or_default();
    Network {
        id: network.id.unwrap_or_default(),
        name: network.name.unwrap_or_default(),
        driver: network.driver.unwrap_or_default(),
        scope: network.scope.unwrap_or_default(),
        internal: network.internal.unwrap_or_default(),
        subnets: subnets.into_iter().filter_map(|config| config.subnet).collect(),
        labels: network.labels.unwrap_or_default().into_iter().collect(),
    }
}

fn volume(volume: models::Volume) -> Volume {
    Volume {
        name: volume.name,
        driver: volume.driver,
        mountpoint: volume.mountpoint,
        created: volume.created_at.map(|at| at.to_string()),
        labels: volume.labels.into_iter().collect(),
    }
}
