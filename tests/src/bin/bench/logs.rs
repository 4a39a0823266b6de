//! How quickly a long log is read, from the engine's disk to a pipe.

use crate::Row;
use anyhow::{Result, ensure};
use crane_tests::{Bed, Panel};
use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};
use std::time::Instant;

pub(crate) fn measure(bed: &Bed, panel: &Panel, lines: u32) -> Result<Vec<Row>> {
    let host = bed.host(0);
    let print = format!("seq 1 {lines} | sed 's/.*/line & of a log that is as long as many logs are/'");
    host.run_container("b-log", &[], &print)?;
    host.docker(["wait", "b-log"])?;
    // Once without looking, so that both find the file in the page cache.
    seconds(host.docker_command(["logs", "b-log"]), lines)?;
    let theirs = seconds(host.docker_command(["logs", "b-log"]), lines)?;
    let ours = seconds(panel.cli(&["logs", "b-log"]), lines)?;
    let follow_theirs = seconds(host.docker_command(["logs", "-f", "b-log"]), lines)?;
    let follow_ours = seconds(panel.cli(&["logs", "-f", "b-log"]), lines)?;
    host.remove_containers("b-log")?;
    let row = |what, ours: f64, theirs: f64, than| Row {
        what,
        ours: ours * 1e3,
        theirs: Some(theirs * 1e3),
        unit: "ms",
        than,
    };
    Ok(vec![
        row("a whole log, read", ours, theirs, "docker logs"),
        row(
            "a whole log, followed to its end",
            follow_ours,
            follow_theirs,
            "docker logs -f",
        ),
    ])
}

/// How long a command takes to print that many lines.
fn seconds(mut command: Command, lines: u32) -> Result<f64> {
    let start = Instant::now();
    let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn()?;
    let mut count = 0_u32;
    if let Some(output) = child.stdout.take() {
        let mut output = BufReader::with_capacity(1 << 20, output);
        let mut line = Vec::new();
        while output.read_until(b'\n', &mut line)? > 0 {
            count += 1;
            line.clear();
        }
    }
    child.wait()?;
    ensure!(count == lines, "{command:?} printed {count} of {lines} lines");
    Ok(start.elapsed().as_secs_f64())
}
