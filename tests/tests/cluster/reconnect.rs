//! `kill -9` for the manager, twenty times, while it is written to.

use crate::world::World;
use anyhow::{Context, Result, ensure};
use crane_shared::api;
use crane_tests::{Client, eventually};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

const KILLS: u32 = 20;

/// What the manager has acknowledged.
#[derive(Debug, Default)]
struct Acknowledged {
    made: Vec<String>,
    revoked: Vec<String>,
}

/// Tokens of one lane that are alive at a time; a user may have a hundred, and a kill may leave one behind.
const ALIVE: usize = 8;

/// Makes tokens and revokes the older ones as fast as the manager lets it. A request that the kill has cut off may or may not
/// have been taken: only answers count.
async fn write(browser: &Client, lane: u32, stop: &AtomicBool) -> Acknowledged {
    let mut all = Acknowledged::default();
    let mut doubtful = std::collections::HashSet::new();
    let mut number = 0;
    while !stop.load(Ordering::Relaxed) {
        number += 1;
        let alive = all.made.len() - all.revoked.len() - doubtful.len();
        let done = if alive < ALIVE {
            let wish = api::ApiTokenWish {
                name: format!("load-{lane}-{number}"),
                role: api::Authorization::Viewer,
                days: Some(1),
            };
            browser
                .post::<api::NewApiToken>("/api/v1/tokens", &wish)
                .await
                .map(|made| all.made.push(made.token.id.to_string()))
        } else {
            let oldest = all
                .made
                .iter()
                .find(|id| !all.revoked.contains(id) && !doubtful.contains(*id));
            let Some(id) = oldest.cloned() else { break };
            match browser.delete(&format!("/api/v1/tokens/{id}")).await {
                Ok(()) => {
                    all.revoked.push(id);
                    Ok(())
                }
                Err(why) => {
                    doubtful.insert(id);
                    Err(why)
                }
            }
        };
        if done.is_err() {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }
    // A revocation without an answer may have happened: nothing is said about that token.
    all.made.retain(|id| !doubtful.contains(id));
    all
}

pub(crate) async fn a_killed_manager_loses_nothing_it_acknowledged(world: &mut World) -> Result<()> {
    // Something whose CPU swings, so that a minute that counts one sample twice shows it.
    let swing = "while true; do i=0; while [ $i -lt 400000 ]; do i=$((i+1)); done; sleep 7; done";
    let id = world.host(1).run_container("p-swing", &[], swing)?;
    eventually("the container is seen", Duration::from_secs(30), || async {
        world.container(&id).await.map(drop)
    })
    .await?;
    let began = jiff::Timestamp::now().as_second();
    let browser = world.panel.browser().clone();
    let stop = AtomicBool::new(false);
    let mut slowest = Duration::ZERO;
    let mut opened = Duration::ZERO;
    let killing = async {
        for round in 0..KILLS {
            let wait = Duration::from_millis(500 + u64::from(round) * 137 % 1900);
            tokio::time::sleep(wait).await;
            world.panel.kill_manager()?;
            let start = Instant::now();
            world.panel.start_manager()?;
            world.panel.ready().await?;
            opened = opened.max(start.elapsed());
            // Every fifth time it lives long enough for its agents.
            if round % 5 == 4 {
                for index in 0..3 {
                    world.panel.connected(world.bed.host(index)).await?;
                }
                slowest = slowest.max(start.elapsed());
            }
        }
        stop.store(true, Ordering::Relaxed);
        anyhow::Ok(())
    };
    let (first, second, third, killed) = tokio::join!(
        write(&browser, 1, &stop),
        write(&browser, 2, &stop),
        write(&browser, 3, &stop),
        async {
            let killed = killing.await;
            stop.store(true, Ordering::Relaxed);
            killed
        },
    );
    killed?;
    let kept = tokens(world).await?;
    let mut writes = 0;
    for lane in [&first, &second, &third] {
        writes += lane.made.len() + lane.revoked.len();
        for id in &lane.made {
            ensure!(
                kept.contains(id) != lane.revoked.contains(id),
                "token {id} was made{} and that was acknowledged, but it is {}",
                if lane.revoked.contains(id) { " and revoked" } else { "" },
                if kept.contains(id) { "there" } else { "gone" }
            );
        }
    }
    ensure!(writes > 100, "only {writes} writes were acknowledged");
    audit_has_no_holes(world).await?;
    let minutes = history_is_whole(world, &id, began).await?;
    world.note(format!(
        "{KILLS} kills: {writes} acknowledged writes, none lost; slowest open {:.1} s, agents back at most {:.1} s after the start; {minutes} minutes of history agree with their samples",
        opened.as_secs_f64(),
        slowest.as_secs_f64(),
    ));
    let list: api::List<api::ApiToken> = world.admin().get("/api/v1/tokens").await?;
    for token in list.items.iter().filter(|token| token.name.starts_with("load-")) {
        world
            .panel
            .browser()
            .delete(&format!("/api/v1/tokens/{}", token.id))
            .await?;
    }
    world.host(1).remove_containers("p-swing")
}

/// Ids of all tokens.
async fn tokens(world: &World) -> Result<std::collections::HashSet<String>> {
    let list: api::List<api::ApiToken> = world.admin().get("/api/v1/tokens").await?;
    Ok(list.items.into_iter().map(|token| token.id.to_string()).collect())
}

/// Entries are numbered without holes, also over the kills.
async fn audit_has_no_holes(world: &World) -> Result<()> {
    let list: api::List<api::AuditEntry> = world.admin().get("/api/v1/audit?limit=500").await?;
    ensure!(list.items.len() > 50, "the audit has {} entries", list.items.len());
    for pair in list.items.windows(2) {
        ensure!(
            pair[0].seq.abs_diff(pair[1].seq) == 1,
            "the audit jumps from {} to {}",
            pair[0].seq,
            pair[1].seq
        );
    }
    Ok(())
}

/// Samples of the whole time are there although the manager was away for much of it, and each stored minute is the mean of
/// its own samples: a sample that was counted twice, or not at all, would move it.
async fn history_is_whole(world: &World, id: &str, began: i64) -> Result<usize> {
    let path = format!("/api/v1/containers/{id}/series");
    // The spool is handed over when the agents are back, and the running minute must end.
    eventually("three whole minutes are there", Duration::from_secs(300), || async {
        let now = jiff::Timestamp::now().as_second();
        ensure!(now - began > 250, "only {} s", now - began);
        Ok(())
    })
    .await?;
    let raw: api::Series = world.admin().get(&format!("{path}?minutes=10&points=60")).await?;
    ensure!(raw.step == 10, "ten minutes in 60 points have a step of {} s", raw.step);
    let minutes: api::Series = world.admin().get(&format!("{path}?minutes=600&points=600")).await?;
    ensure!(
        minutes.step == 60,
        "600 minutes in 600 points have a step of {} s",
        minutes.step
    );
    let mut agreed = 0;
    for (at, mean) in minutes.at.iter().zip(&minutes.cpu) {
        // Whole minutes in which the container ran from the beginning to the end.
        if *at < began + 30 || at + 60 > jiff::Timestamp::now().as_second() - 30 {
            continue;
        }
        let mean = mean.with_context(|| format!("the minute {at} is missing"))?;
        let samples: Vec<f64> = raw
            .at
            .iter()
            .zip(&raw.cpu)
            .filter(|(second, _)| (*at..at + 60).contains(*second))
            .map(|(second, value)| value.with_context(|| format!("the sample of {second} is missing")))
            .collect::<Result<_>>()?;
        ensure!(
            samples.len() == 6,
            "the minute {at} has {} samples of ten seconds",
            samples.len()
        );
        let expected = samples.iter().sum::<f64>() / 6.0;
        ensure!(
            (mean - expected).abs() < 0.02 + expected * 0.001,
            "the minute {at} is kept as {mean} %, its samples {samples:?} have a mean of {expected} %"
        );
        agreed += 1;
    }
    ensure!(agreed >= 2, "only {agreed} minutes could be compared");
    Ok(agreed)
}
