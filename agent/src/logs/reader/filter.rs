use crane_shared::model::LogLine;

/// Lines that are left out because they are not asked for, or were handed out before.
#[derive(Debug, Default)]
pub(super) struct Filter {
    pub(super) since_ns: Option<i64>,
    /// So many lines of exactly this time were handed out.
    pub(super) seen: Option<(i64, u32)>,
}

impl Filter {
    pub(super) fn wants(&mut self, line: &LogLine) -> bool {
        if self.since_ns.is_some_and(|since_ns| line.at_ns < since_ns) {
            return false;
        }
        match &mut self.seen {
            Some((at_ns, seen)) if *at_ns == line.at_ns && *seen > 0 => {
                *seen -= 1;
                false
            }
            _ => true,
        }
    }
}
