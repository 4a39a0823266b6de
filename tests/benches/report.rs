//! A table for people: what was measured, ours, Docker's, and how they compare.

/// What came out.
#[derive(Debug, Default)]
pub(crate) struct Report {
    rows: Vec<Row>,
    notes: Vec<String>,
}

#[derive(Debug)]
struct Row {
    what: String,
    unit: &'static str,
    ours: Vec<f64>,
    docker: Vec<f64>,
    target: &'static str,
}

impl Report {
    /// One pair, measured in rounds.
    pub(crate) fn pair(
        &mut self,
        what: impl Into<String>,
        unit: &'static str,
        ours: Vec<f64>,
        docker: Vec<f64>,
        target: &'static str,
    ) {
        self.rows.push(Row {
            what: what.into(),
            unit,
            ours,
            docker,
            target,
        });
    }

    /// One figure without a counterpart.
    pub(crate) fn note(&mut self, text: String) {
        self.notes.push(text);
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    #[expect(clippy::print_stdout, reason = "this program is for people at a terminal")]
    pub(crate) fn print(&self) {
        println!(
            "{:<44} {:>24} {:>24} {:>9}  target",
            "median (least to most)", "crane", "docker", "ratio"
        );
        for row in &self.rows {
            let ratio = median(&row.ours) / median(&row.docker);
            let ratio = if ratio < 0.5 {
                format!("1/{:.1}", 1.0 / ratio)
            } else {
                format!("{ratio:.2}")
            };
            println!(
                "{:<44} {:>24} {:>24} {:>9}  {}",
                format!("{}, {}", row.what, row.unit),
                spread(&row.ours),
                spread(&row.docker),
                ratio,
                row.target
            );
        }
        for note in &self.notes {
            println!("{note}");
        }
    }
}

/// The middle one.
pub(crate) fn median(values: &[f64]) -> f64 {
    quantile(values, 0.5)
}

/// The value below which this share of all lies; not a number when there are none.
pub(crate) fn quantile(values: &[f64], share: f64) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        clippy::cast_precision_loss,
        reason = "an index into a short list"
    )]
    let at = ((sorted.len() as f64 - 1.0) * share).round().max(0.0) as usize;
    sorted.get(at).copied().unwrap_or(f64::NAN)
}

fn spread(values: &[f64]) -> String {
    format!(
        "{:.3} ({:.3} to {:.3})",
        median(values),
        quantile(values, 0.0),
        quantile(values, 1.0)
    )
}
