//! Deny by default: every route of the API's own document is tried.

use crate::world::World;
use anyhow::{Context, Result, bail, ensure};
use crane_shared::api;
use crane_tests::Client;
use http::{Method, StatusCode};
use serde_json::{Value, json};

/// What answers without credentials, and nothing else does.
const OPEN: &[(&str, &str)] = &[
    // The dashboard's pages hold nothing but the dashboard.
    ("get", "/"),
    ("get", "/healthz"),
    ("get", "/readyz"),
    ("get", "/install.sh"),
    ("get", "/agent/linux-amd64"),
    ("get", "/agent/linux-amd64.sha256"),
    ("get", "/api/v1/setup"),
    ("post", "/api/v1/setup"),
    ("post", "/api/v1/login"),
];

/// Method and path of every route in the OpenAPI document, `{…}` replaced by something that is not there.
async fn routes(world: &World) -> Result<Vec<(Method, String)>> {
    let document: Value = world.admin().get("/api/v1/openapi.json").await?;
    let mut routes = Vec::new();
    for (path, methods) in document["paths"].as_object().context("no paths")? {
        for method in methods.as_object().context("no methods")?.keys() {
            if OPEN.contains(&(method.as_str(), path.as_str())) {
                continue;
            }
            let mut whole = path.clone();
            while let (Some(from), Some(to)) = (whole.find('{'), whole.find('}')) {
                whole.replace_range(from..=to, "0011223344556677");
            }
            routes.push((Method::from_bytes(method.to_uppercase().as_bytes())?, whole));
        }
    }
    ensure!(routes.len() >= 25, "the document has only {} routes", routes.len());
    // Not of the API, but as secret.
    routes.push((Method::GET, "/metrics".to_owned()));
    Ok(routes)
}

async fn refused(client: &Client, method: &Method, path: &str, status: StatusCode) -> Result<()> {
    let body = (*method == Method::POST).then(|| json!({}));
    let answer = client.send(method.clone(), path, body.as_ref()).await?;
    ensure!(
        answer.status == status,
        "{method} {path} answered {} instead of {status}: {}",
        answer.status,
        answer.text()
    );
    Ok(())
}

pub(crate) async fn nothing_answers_without_credentials(world: &mut World) -> Result<()> {
    let routes = routes(world).await?;
    let nobody = world.admin().nobody();
    let liar = nobody.with_token("crane_pat_0011223344556677_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")?;
    // From our own page, so that nothing but the cookie is wrong.
    let thief = nobody
        .with_header("origin", &world.panel.url())?
        .with_header("cookie", "__Host-crane=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")?;
    for (method, path) in &routes {
        let in_the_address = format!("{path}?token={}&access_token={0}", world.panel.token());
        refused(&nobody, method, path, StatusCode::UNAUTHORIZED).await?;
        refused(&nobody, method, &in_the_address, StatusCode::UNAUTHORIZED).await?;
        refused(&liar, method, path, StatusCode::UNAUTHORIZED).await?;
        refused(&thief, method, path, StatusCode::UNAUTHORIZED).await?;
    }
    for path in ["/api/v1/containers/x/logs", "/api/v1/containers/x/exec"] {
        match nobody.socket(path).await {
            Ok(_) => bail!("{path} opened a socket for nobody"),
            Err(why) => ensure!(why.to_string().starts_with("401"), "{path}: {why}"),
        }
    }
    // A path that is no route says so, but tells a stranger nothing else.
    let unknown = nobody.send(Method::GET, "/api/v1/no-such-thing", None).await?;
    ensure!(
        unknown.status.is_client_error(),
        "an unknown path answered {}",
        unknown.status
    );
    world.note(format!("{} routes, each refused 4 ways", routes.len()));
    Ok(())
}

pub(crate) async fn a_role_opens_no_more_than_its_own_doors(world: &mut World) -> Result<()> {
    let viewer = caller(world, api::Authorization::Viewer).await?;
    let operator = caller(world, api::Authorization::Operator).await?;
    for path in [
        "/api/v1/nodes",
        "/api/v1/containers",
        "/api/v1/services",
        "/api/v1/overview",
    ] {
        viewer.get::<Value>(path).await?;
    }
    for client in [&viewer, &operator] {
        refused(client, &Method::DELETE, "/api/v1/nodes/bed1", StatusCode::FORBIDDEN).await?;
        refused(client, &Method::POST, "/api/v1/join-tokens", StatusCode::FORBIDDEN).await?;
        refused(client, &Method::GET, "/api/v1/audit", StatusCode::FORBIDDEN).await?;
    }
    let id = world.host(0).run_container("p-door", &[], "echo secret; sleep 1000")?;
    for door in ["logs", "exec"] {
        match viewer.socket(&format!("/api/v1/containers/{id}/{door}")).await {
            Ok(_) => bail!("a viewer opened {door}"),
            Err(why) => ensure!(why.to_string().starts_with("403"), "{door}: {why}"),
        }
    }
    world.host(0).remove_containers("p-door")?;
    let node = world.panel.node(world.host(0)).await?;
    ensure!(node.connected, "a refused removal removed the node");
    Ok(())
}

async fn caller(world: &World, role: api::Authorization) -> Result<Client> {
    let wish = api::ApiTokenWish {
        name: format!("{role:?}").to_lowercase(),
        role,
        days: Some(1),
    };
    let token: api::NewApiToken = world.panel.browser().post("/api/v1/tokens", &wish).await?;
    world.admin().nobody().with_token(&token.secret)
}
