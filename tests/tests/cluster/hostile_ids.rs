//! Ids that are none: through the API, and what of them reaches an engine's socket.

use crate::identity::invitation;
use crate::world::{World, segment};
use anyhow::{Context, Result, ensure};
use crane_shared::protocol::right_for;
use crane_tests::bed::MARK;
use crane_tests::eventually;
use crane_tests::recording_engine::{CONTAINER, RecordingEngine};
use std::process::{Command, Stdio};
use std::time::Duration;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};

const IDS: usize = 100_000;
const LANES: usize = 8;

/// Pieces from which ids are made, and how each is written in a path.
const PIECES: &[&str] = &[
    "..",
    "../",
    "/",
    "//",
    "%2f",
    "%2e%2e",
    "%252f",
    "?",
    "#",
    "&",
    ";",
    "=",
    "\r\n",
    "\n",
    "\0",
    "%00",
    "%0d%0a",
    " ",
    "a",
    "containers",
    "json",
    "secrets",
    "swarm/leave",
    "v1.41",
    "exec",
    "HTTP/1.1",
    "\u{202e}",
    "起",
    "\u{feff}",
    ".",
    "~",
    "*",
    "{id}",
    "__proto__",
    "'",
    "\"",
    "<script>",
    "|",
    "`id`",
    "$(id)",
    "\\",
    "deadbeef",
    "bed1/../bed2",
];

/// `{}` is where the id goes.
const PLACES: &[(&str, &str)] = &[
    ("GET", "/api/v1/containers/{}"),
    ("GET", "/api/v1/containers/{}/inspect"),
    ("GET", "/api/v1/containers/{}/changes"),
    ("GET", "/api/v1/containers/{}/series"),
    ("GET", "/api/v1/containers/{}/logs?follow=false"),
    ("GET", "/api/v1/containers/{}/exec"),
    ("GET", "/api/v1/nodes/{}"),
    ("GET", "/api/v1/nodes/{}/images"),
    ("GET", "/api/v1/nodes/{}/networks"),
    ("GET", "/api/v1/nodes/{}/doctor"),
    ("GET", "/api/v1/nodes/{}/series"),
    ("DELETE", "/api/v1/nodes/{}"),
    ("GET", "/api/v1/services/{}/tasks"),
    ("GET", "/api/v1/containers?node={}"),
    ("GET", "/api/v1/containers?q={}"),
    ("GET", "/api/v1/containers?after={}"),
    ("DELETE", "/api/v1/tokens/{}"),
    ("DELETE", "/api/v1/join-tokens/{}"),
    (
        "GET",
        "/api/v1/containers/feedfacefeedfacefeedfacefeedfacefeedfacefeedfacefeedfacefeedface/logs?after={}",
    ),
];

fn hostile_id(dice: &mut fastrand::Rng) -> String {
    if dice.u16(..) < 20 {
        return "a".repeat(10_000);
    }
    let mut id: String = (0..dice.usize(1..6))
        .map(|_| PIECES[dice.usize(..PIECES.len())])
        .collect();
    if dice.bool() {
        // Hidden behind the head of something that exists.
        id.insert_str(0, &CONTAINER[..dice.usize(1..64)]);
    }
    id
}

/// One connection that is used again and again, and made anew when the manager hangs up.
async fn lane(world: &World, number: usize) -> Result<(usize, usize)> {
    let mut dice = fastrand::Rng::with_seed(number as u64);
    let client = world.admin().nobody();
    let (mut refused, mut hung_up) = (0, 0);
    let mut connection = BufReader::new(client.connect().await?);
    for _ in 0..IDS / LANES {
        let (method, place) = PLACES[dice.usize(..PLACES.len())];
        let id = hostile_id(&mut dice);
        // Some are the beginning of the container's own id after all.
        if CONTAINER.starts_with(&id) {
            continue;
        }
        // Escaped as a careful client does it, or pasted as a careless one. Pasted, `?` and `#` end the path: then it is
        // the client that has asked for something else, and the answer may be a good one.
        let escaped = dice.bool();
        let ends_the_path = !escaped && id.contains(['?', '#']);
        let written = if escaped { segment(&id) } else { id };
        let request = format!(
            "{method} {} HTTP/1.1\r\nhost: {}\r\nauthorization: Bearer {}\r\n\r\n",
            place.replace("{}", &written),
            client.address(),
            world.panel.token()
        );
        let answered = async {
            connection.write_all(request.as_bytes()).await?;
            answer(&mut connection).await
        };
        match tokio::time::timeout(Duration::from_secs(30), answered).await {
            Ok(Ok((status, keep))) => {
                ensure!(status < 500 || status == 503, "{request:?} was answered {status}");
                // A filter that matches nothing is answered with an empty list.
                ensure!(
                    status >= 400 || place.contains('?') || ends_the_path,
                    "{request:?} was answered {status}"
                );
                refused += 1;
                if !keep {
                    connection = BufReader::new(client.connect().await?);
                }
            }
            Ok(Err(_)) => {
                hung_up += 1;
                connection = BufReader::new(client.connect().await?);
            }
            Err(_) => anyhow::bail!("{request:?} was never answered"),
        }
    }
    Ok((refused, hung_up))
}

/// Reads one answer whole; gives its status and whether the connection stays.
async fn answer<S: tokio::io::AsyncRead + Unpin>(connection: &mut BufReader<S>) -> Result<(u16, bool)> {
    let mut line = String::new();
    connection.read_line(&mut line).await?;
    let status = line.split(' ').nth(1).context("no status")?.parse()?;
    let (mut length, mut chunked, mut keep) = (0_usize, false, true);
    loop {
        line.clear();
        ensure!(connection.read_line(&mut line).await? > 0, "cut off");
        let header = line.trim().to_ascii_lowercase();
        if header.is_empty() {
            break;
        }
        if let Some(value) = header.strip_prefix("content-length:") {
            length = value.trim().parse()?;
        }
        chunked |= header == "transfer-encoding: chunked";
        keep &= header != "connection: close";
    }
    if chunked {
        loop {
            line.clear();
            connection.read_line(&mut line).await?;
            let size = usize::from_str_radix(line.trim(), 16)?;
            let mut piece = vec![0; size + 2];
            connection.read_exact(&mut piece).await?;
            if size == 0 {
                break;
            }
        }
    } else {
        connection.read_exact(&mut vec![0; length]).await?;
    }
    Ok((status, keep))
}

pub(crate) async fn no_id_reaches_an_engine(world: &mut World) -> Result<()> {
    // A fourth host whose engine only writes down what it is asked; its agent is the real one.
    let directory = world.bed.directory("recorder")?;
    let engine = RecordingEngine::listen(&directory.join("docker.sock"))?;
    let state = directory.join("state");
    let token = invitation(world.admin()).await?;
    let agent = |arguments: &[&str]| {
        let mut command = Command::new(&world.panel.binaries().agent);
        command
            .args(arguments)
            .arg("--state")
            .arg(&state)
            .env(MARK, "recorder")
            .stdin(Stdio::null());
        command
    };
    let joined = agent(&[
        "join",
        "--manager",
        world.admin().address(),
        "--token",
        &token,
        "--docker",
        &engine.address(),
    ])
    .output()?;
    ensure!(joined.status.success(), "{}", String::from_utf8_lossy(&joined.stderr));
    let mut running = agent(&["run"])
        .stdout(std::fs::File::create(directory.join("agent.log"))?)
        .stderr(std::fs::File::create(directory.join("agent.err"))?)
        .spawn()?;
    eventually(
        "the recording engine's container is seen",
        Duration::from_secs(60),
        || async { world.container(CONTAINER).await.map(drop) },
    )
    .await
    .with_context(|| {
        let said = std::fs::read_to_string(directory.join("agent.err")).unwrap_or_default();
        format!("{said}\nthe engine was asked {:?}", engine.asked())
    })?;

    let lanes = futures_util::future::join_all((0..LANES).map(|number| lane(world, number))).await;
    let (mut refused, mut hung_up) = (0, 0);
    for lane in lanes {
        let (answered, gone) = lane?;
        refused += answered;
        hung_up += gone;
    }
    // Now what is allowed, so that silence is no proof of anything.
    world
        .admin()
        .get::<serde_json::Value>(&format!("/api/v1/containers/{CONTAINER}/inspect"))
        .await?;
    let asked = engine.asked();
    ensure!(
        asked.keys().any(|request| request.contains(CONTAINER)),
        "nothing at all reached the engine: {asked:?}"
    );
    for request in asked.keys() {
        let (method, target) = request.split_once(' ').context("no method")?;
        let path = target.split('?').next().unwrap_or_default();
        // The agent's own questions need no table: what happens, and the log of a container that it knows.
        let own = path.ends_with("/events") || path.ends_with(&format!("/containers/{CONTAINER}/logs"));
        let known = own || right_for(method, path).is_some();
        ensure!(known, "the engine was asked {request}");
        if let Some(id) = path
            .split("/containers/")
            .nth(1)
            .and_then(|rest| rest.split('/').next())
        {
            ensure!(
                id == "json" || id == CONTAINER,
                "the engine was asked for a container {id:?}"
            );
        }
    }
    running.kill()?;
    running.wait()?;
    let nodes: crane_shared::api::List<crane_shared::api::Node> = world.admin().get("/api/v1/nodes").await?;
    for node in nodes.items.iter().filter(|node| !node.name.starts_with("bed")) {
        world.admin().delete(&format!("/api/v1/nodes/{}", node.id)).await?;
    }
    ensure!(
        nodes.items.len() == 4,
        "a hostile id removed a node: {:?}",
        nodes.items.len()
    );
    world.note(format!(
        "{} ids: {refused} refused or empty, {hung_up} hung up on; {} different requests reached the engine, all of the table",
        refused + hung_up,
        asked.len()
    ));
    Ok(())
}
