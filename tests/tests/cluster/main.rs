//! What Crane promises, on a real Swarm of three hosts: one bed, one promise after the other, each leaving the bed as
//! it found it. Figures are printed beside each promise; nothing here asserts how long something took.
//!
//! `cargo test -p crane-tests --test cluster -- logs` runs the promises whose name contains `logs`.

mod absence;
mod doors;
mod exec;
mod hoarding;
mod hostile_ids;
mod identity;
mod join;
mod listing;
mod logs;
mod reconnect;
mod removal;
mod slow_http;
mod stats;
mod world;

use anyhow::Result;
use clap::Parser;
use std::future::Future;
use std::path::PathBuf;
use std::pin::Pin;
use std::process::ExitCode;
use std::time::Instant;
use world::World;

/// What cargo and people pass to a test program.
#[derive(Debug, Parser)]
struct Arguments {
    /// Run only promises whose name contains one of these.
    filters: Vec<String>,
    #[arg(long)]
    exact: bool,
    #[arg(long)]
    list: bool,
    /// Where the programs are; cargo's own directory when left out.
    #[arg(long, env = "CRANE_BIN_DIR")]
    bin_dir: Option<PathBuf>,
    /// Passed by cargo and editors; this program prints everything and runs one promise at a time anyhow.
    #[arg(long)]
    nocapture: bool,
    #[arg(long)]
    test_threads: Option<u32>,
    #[arg(long, short)]
    quiet: bool,
}

type Running<'a> = Pin<Box<dyn Future<Output = Result<()>> + 'a>>;

/// A sentence and what shows that it is true.
struct Promise {
    name: &'static str,
    show: for<'a> fn(&'a mut World) -> Running<'a>,
}

macro_rules! promises {
    ($($room:ident::$name:ident),* $(,)?) => {
        &[$(Promise {
            name: concat!(stringify!($room), "::", stringify!($name)),
            show: |world| Box::pin($room::$name(world)),
        }),*]
    };
}

/// In the order in which they run: quiet ones first, then those that kill and remove.
const PROMISES: &[Promise] = promises![
    join::three_hosts_are_known_with_their_facts,
    join::a_token_admits_one_host_once,
    doors::nothing_answers_without_credentials,
    doors::a_role_opens_no_more_than_its_own_doors,
    listing::sixty_containers_are_listed_as_docker_lists_them,
    stats::figures_are_those_of_docker_stats,
    exec::a_shell_in_a_container_behaves_like_one,
    exec::nothing_stays_behind_when_the_browser_vanishes,
    exec::nothing_stays_behind_when_the_agent_is_killed,
    exec::the_command_line_passes_input_and_exit_codes,
    logs::every_line_arrives_once_and_in_order,
    logs::full_speed_over_small_files_is_read_or_confessed,
    logs::a_real_loss_is_declared,
    absence::a_host_that_is_cut_off_hides_nothing_and_comes_back,
    absence::a_host_without_its_engine_says_so,
    hostile_ids::no_id_reaches_an_engine,
    identity::strangers_and_copies_stay_outside,
    hoarding::a_peer_that_hoards_streams_hurts_nobody,
    slow_http::slow_and_endless_requests_are_dropped,
    reconnect::a_killed_manager_loses_nothing_it_acknowledged,
    removal::a_removed_host_is_out_at_once_and_for_good,
];

fn main() -> Result<ExitCode> {
    let arguments = Arguments::parse();
    let chosen: Vec<&Promise> = PROMISES
        .iter()
        .filter(|promise| {
            arguments.filters.is_empty()
                || arguments.filters.iter().any(|filter| {
                    if arguments.exact {
                        promise.name == filter
                    } else {
                        promise.name.contains(filter.as_str())
                    }
                })
        })
        .collect();
    if arguments.list {
        for promise in chosen {
            say(&format!("{}: test", promise.name));
        }
        return Ok(ExitCode::SUCCESS);
    }
    if chosen.is_empty() {
        say("running 0 tests");
        return Ok(ExitCode::SUCCESS);
    }
    tokio::runtime::Runtime::new()?.block_on(run(&chosen, arguments.bin_dir))
}

async fn run(chosen: &[&Promise], bin_dir: Option<PathBuf>) -> Result<ExitCode> {
    say(&format!("\nrunning {} promises on a bed of three hosts", chosen.len()));
    let mut world = World::begin(bin_dir).await?;
    let mut broken = Vec::new();
    for promise in chosen {
        let start = Instant::now();
        let shown = (promise.show)(&mut world).await;
        let verdict = if shown.is_ok() { "ok" } else { "BROKEN" };
        say(&format!(
            "{} ... {verdict} ({:.1} s)",
            promise.name,
            start.elapsed().as_secs_f64()
        ));
        for figure in world.figures() {
            say(&format!("      {figure}"));
        }
        if let Err(why) = shown {
            say(&format!("      {why:#}"));
            broken.push(promise.name);
            // The next promise needs a whole world, whatever this one has left behind.
            world.mend().await?;
        }
    }
    say(&format!(
        "\n{} kept, {} broken{}\n",
        chosen.len() - broken.len(),
        broken.len(),
        broken.iter().map(|name| format!("\n    {name}")).collect::<String>()
    ));
    Ok(if broken.is_empty() {
        ExitCode::SUCCESS
    } else {
        world.keep_evidence();
        ExitCode::FAILURE
    })
}

#[expect(clippy::print_stdout, reason = "this is a test program's own report")]
fn say(line: &str) {
    println!("{line}");
}
