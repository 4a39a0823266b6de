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
use crane_tests::promises;
use crane_tests::promises::{Arguments, Promise, say, show};
use std::process::ExitCode;
use world::World;

/// In the order in which they run: quiet ones first, then those that kill and remove.
const PROMISES: &[Promise<World>] = promises![
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
    let Some(chosen) = arguments.choose(PROMISES) else {
        return Ok(ExitCode::SUCCESS);
    };
    tokio::runtime::Runtime::new()?.block_on(async {
        say(&format!("\nrunning {} promises on a bed of three hosts", chosen.len()));
        let mut world = World::begin(arguments.bin_dir.clone()).await?;
        if show(&mut world, &chosen).await? {
            return Ok(ExitCode::SUCCESS);
        }
        world.keep_evidence();
        Ok(ExitCode::FAILURE)
    })
}
