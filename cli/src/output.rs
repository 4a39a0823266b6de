//! What people and programs read: tables or JSON on standard output, everything else on standard error.

use crate::args::Format;
use crate::client::ApiError;
use comfy_table::presets::NOTHING;
use comfy_table::{CellAlignment, Table};
use serde::Serialize;
use std::io::{IsTerminal as _, Write as _};
use std::process::ExitCode;

/// Writes `text` and a line end. A reader that went away (`crane ps | head`) is no fault of ours.
pub(crate) fn line(text: &str) -> std::io::Result<()> {
    writeln!(std::io::stdout().lock(), "{text}")
}

/// A remark for people; never on standard output.
pub(crate) fn note(text: &str) {
    drop(writeln!(std::io::stderr().lock(), "{text}"));
}

/// One value as JSON.
pub(crate) fn json(value: &impl Serialize) -> anyhow::Result<()> {
    Ok(line(&serde_json::to_string_pretty(value)?)?)
}

/// A table without lines, as `docker` prints it. `right` names the columns with numbers.
pub(crate) fn table(header: &[&str], right: &[usize], rows: Vec<Vec<String>>) -> String {
    let mut table = Table::new();
    table.load_preset(NOTHING).set_header(header.to_vec()).add_rows(rows);
    for index in 0..header.len() {
        if let Some(column) = table.column_mut(index) {
            column.set_padding((0, if index + 1 == header.len() { 0 } else { 3 }));
            if right.contains(&index) {
                column.set_cell_alignment(CellAlignment::Right);
            }
        }
    }
    if std::io::stdout().is_terminal() {
        table.set_content_arrangement(comfy_table::ContentArrangement::Dynamic);
    }
    table
        .lines()
        .map(|line| line.trim_end().to_owned())
        .collect::<Vec<_>>()
        .join("\n")
}

/// A whole list in the wanted format, with a remark when nodes are missing.
pub(crate) fn list<T: Serialize>(
    format: Format,
    list: &crane_shared::api::List<T>,
    render: impl FnOnce(&[T]) -> String,
) -> anyhow::Result<()> {
    if format == Format::Json {
        return json(list);
    }
    line(&render(&list.items))?;
    for missing in &list.missing {
        let seen = missing
            .last_seen
            .as_deref()
            .map_or("never seen".into(), |at| format!("last seen {}", ago(at)));
        note(&format!(
            "node {} does not answer ({seen}); its rows show how it was then",
            missing.node
        ));
    }
    Ok(())
}

/// Bytes as `docker` prints them: 1.5GiB.
pub(crate) fn bytes(count: u64) -> String {
    const UNITS: [&str; 6] = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"];
    let mut value = count as f64;
    let mut unit = 0;
    while value >= 1024.0 && unit + 1 < UNITS.len() {
        value /= 1024.0;
        unit += 1;
    }
    let unit_name = UNITS.get(unit).copied().unwrap_or("B");
    if unit == 0 || value >= 100.0 {
        format!("{value:.0}{unit_name}")
    } else {
        format!("{value:.1}{unit_name}")
    }
}

/// How long ago an RFC 3339 moment was: `3m`, `2h`, `5d`.
pub(crate) fn ago(at: &str) -> String {
    let Ok(at) = at.parse::<jiff::Timestamp>() else {
        return "-".into();
    };
    let seconds = (jiff::Timestamp::now().as_second() - at.as_second()).max(0);
    span(seconds)
}

fn span(seconds: i64) -> String {
    match seconds {
        0..=89 => format!("{seconds}s"),
        90..=5399 => format!("{}m", seconds / 60),
        5400..=129_599 => format!("{}h", seconds / 3600),
        _ => format!("{}d", seconds / 86_400),
    }
}

/// The first twelve characters of an id.
pub(crate) fn short(id: &str) -> &str {
    id.get(..12).unwrap_or(id)
}

/// Says what went wrong and what to do next.
pub(crate) fn failed(err: &anyhow::Error) -> ExitCode {
    if let Some(io) = err.downcast_ref::<std::io::Error>()
        && io.kind() == std::io::ErrorKind::BrokenPipe
    {
        return ExitCode::SUCCESS;
    }
    if let Some(ApiError::Refused(problem)) = err.downcast_ref::<ApiError>() {
        note(&format!("crane: {}", problem.detail));
        if !problem.hint.is_empty() {
            note(&format!("  → {}", problem.hint));
        }
    } else {
        note(&format!("crane: {err:#}"));
    }
    ExitCode::from(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_read_like_dockers() {
        for (count, text) in [
            (0, "0B"),
            (1023, "1023B"),
            (1536, "1.5KiB"),
            (734_003_200, "700MiB"),
            (1 << 40, "1.0TiB"),
        ] {
            assert_eq!(bytes(count), text);
        }
    }

    #[test]
    fn spans_use_one_unit() {
        for (seconds, text) in [(5, "5s"), (120, "2m"), (7200, "2h"), (200_000, "2d")] {
            assert_eq!(span(seconds), text);
        }
    }

    #[test]
    fn a_table_lines_up_without_borders() {
        let text = table(
            &["NAME", "CPU"],
            &[1],
            vec![vec!["web".into(), "1.5%".into()], vec!["longer".into(), "10%".into()]],
        );
        assert_eq!(text, "NAME      CPU\nweb      1.5%\nlonger    10%");
    }
}
