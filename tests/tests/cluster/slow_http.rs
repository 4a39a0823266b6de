//! Clients that never finish their sentence.

use crate::world::World;
use anyhow::{Context, Result, ensure};
use crane_tests::measure::resident;
use http::Method;
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::task::JoinSet;

const SOCKETS: usize = 2_000;

pub(crate) async fn slow_and_endless_requests_are_dropped(world: &mut World) -> Result<()> {
    let client = world.admin().nobody();
    let pid = world.panel.manager_pid()?;
    let before = resident(pid)?;
    let mut slow = JoinSet::new();
    let start = Instant::now();
    for number in 0..SOCKETS {
        let client = client.clone();
        slow.spawn(async move {
            // A refused connection is as good as a dropped one.
            let Ok(mut tls) = client.connect().await else { return true };
            let head = if number % 2 == 0 {
                "GET /healthz HTTP/1.1\r\nhost: x\r\nx-slow: ".to_owned()
            } else {
                "POST /api/v1/login HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 60\r\n\r\n{".to_owned()
            };
            let dripping = async {
                let mut hole = [0; 256];
                if tls.write_all(head.as_bytes()).await.is_err() {
                    return;
                }
                loop {
                    tokio::select! {
                        // Closed, or an answer such as 408 and then closed.
                        read = tls.read(&mut hole) => match read {
                            Ok(0) | Err(_) => return,
                            Ok(_) => {}
                        },
                        () = tokio::time::sleep(Duration::from_secs(2)) => {}
                    }
                    if tls.write_all(b"a").await.is_err() {
                        return;
                    }
                }
            };
            tokio::time::timeout(Duration::from_secs(90), dripping).await.is_ok()
        });
    }
    let mut most = before;
    let mut dropped = 0;
    let mut slowest = Duration::ZERO;
    let mut look = tokio::time::interval(Duration::from_millis(500));
    loop {
        tokio::select! {
            one = slow.join_next() => match one {
                Some(gone) => {
                    dropped += usize::from(gone?);
                    slowest = start.elapsed();
                }
                None => break,
            },
            _ = look.tick() => most = most.max(resident(pid)?),
        }
    }
    ensure!(
        dropped == SOCKETS,
        "{} of {SOCKETS} slow sockets were still alive after 90 s",
        SOCKETS - dropped
    );
    let healthy = client.send(Method::GET, "/healthz", None).await?;
    ensure!(healthy.status.is_success(), "{}", healthy.status);
    let grown = most.saturating_sub(before) >> 20;
    let endless = endless_body(world).await?;
    world.note(format!(
        "{SOCKETS} slow sockets: the last was gone after {:.0} s, the manager grew by {grown} MiB; an endless body was answered {endless}",
        slowest.as_secs_f64()
    ));
    Ok(())
}

/// 256 MiB in chunks to a route that wants a few bytes: the status that comes back.
async fn endless_body(world: &World) -> Result<String> {
    let pid = world.panel.manager_pid()?;
    let before = resident(pid)?;
    let mut tls = world.admin().nobody().connect().await?;
    tls.write_all(b"POST /api/v1/login HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n")
        .await?;
    let chunk = [b"10000\r\n".to_vec(), vec![b'x'; 0x10000], b"\r\n".to_vec()].concat();
    let (mut reading, mut writing) = tokio::io::split(tls);
    let mut answer = Vec::new();
    let sent = async {
        for _ in 0..4096 {
            if writing.write_all(&chunk).await.is_err() {
                break;
            }
        }
    };
    let answered = async {
        let mut piece = [0; 1024];
        while let Ok(count @ 1..) = reading.read(&mut piece).await {
            answer.extend_from_slice(&piece[..count]);
            if answer.windows(2).any(|pair| pair == b"\r\n") {
                break;
            }
        }
    };
    tokio::time::timeout(Duration::from_secs(60), async {
        tokio::select! {
            () = answered => {}
            () = async { sent.await; std::future::pending::<()>().await } => {}
        }
    })
    .await
    .context("an endless body was neither answered nor dropped")?;
    let grown = resident(pid)?.saturating_sub(before) >> 20;
    ensure!(grown < 20, "an endless body cost the manager {grown} MiB");
    let first = String::from_utf8_lossy(&answer);
    let status = first.split(' ').nth(1).unwrap_or("nothing, and hung up").to_owned();
    ensure!(
        matches!(status.as_str(), "413" | "411" | "400" | "nothing, and hung up"),
        "an endless body was answered {status}"
    );
    Ok(status)
}
