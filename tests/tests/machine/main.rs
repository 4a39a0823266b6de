//! What Crane promises, on a whole machine: its own kernel, systemd, cgroups of version 2. One machine, one promise
//! after the other. It is emulated, so nothing here says how long anything takes; what was seen is printed.
//!
//! `cargo test -p crane-tests --test machine -- unit` runs the promises whose name contains `unit`; the machine joins first
//! all the same.

mod containers;
mod join;
mod make_up;
mod sandbox;
mod stats;
mod unit;
mod world;

use anyhow::Result;
use clap::Parser;
use crane_tests::promises;
use crane_tests::promises::{Arguments, Promise, say, show};
use std::process::ExitCode;
use std::time::Instant;
use world::World;

/// In the order in which they run: the node is removed near the end, and then the machine becomes a manager of its own.
const PROMISES: &[Promise<World>] = promises![
    join::one_line_makes_the_machine_a_node,
    join::the_unit_is_locked_up_as_it_says,
    join::a_token_is_good_for_one_join,
    stats::figures_are_the_engines_own_on_cgroup_v2,
    sandbox::a_log_is_followed_whole_through_the_sandbox,
    sandbox::a_shell_ends_as_it_should_and_leaves_nothing_behind,
    sandbox::the_doctor_finds_no_fault,
    unit::a_killed_agent_comes_back,
    unit::the_agent_is_back_after_a_reboot,
    unit::a_removed_node_stays_down,
    make_up::the_manager_runs_as_a_unit,
    make_up::its_sandbox_breaks_nothing,
    make_up::a_killed_manager_comes_back_however_often,
    make_up::it_stops_when_asked,
];

fn main() -> Result<ExitCode> {
    let arguments = Arguments::parse();
    let Some(chosen) = arguments.choose(PROMISES) else {
        return Ok(ExitCode::SUCCESS);
    };
    let runtime = tokio::runtime::Runtime::new()?;
    // On a thread of its own: the promises wait for ssh, and for a boot, without looking up.
    runtime.spawn(switched_off_when_interrupted());
    runtime.block_on(async {
        say(&format!("\nrunning {} promises on an emulated machine", chosen.len()));
        let start = Instant::now();
        let mut world = World::begin(arguments.bin_dir.clone()).await?;
        say(&format!("booted and joined ({:.1} s)", start.elapsed().as_secs_f64()));
        let kept = show(&mut world, &chosen).await?;
        Ok(if kept { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    })
}

#[expect(clippy::disallowed_methods, reason = "main is on its way to ssh and can't return")]
async fn switched_off_when_interrupted() -> Result<()> {
    use tokio::signal::unix::{SignalKind, signal};
    let (mut term, mut int) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    tokio::select! {
        _ = term.recv() => {}
        _ = int.recv() => {}
    }
    say("interrupted; the machine is switched off");
    crane_tests::machine::sweep()?;
    std::process::exit(130)
}
