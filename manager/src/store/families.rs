use rocksdb::DBCompressionType;

/// Every kind of thing on disk: its key, and how long it lives. Numbers in keys are big-endian, so that
/// the order of keys is the order of the numbers.
///
/// | family | key | lives |
/// |---|---|---|
/// | Settings | name | for ever |
/// | Users | user id | until removed |
/// | SignIns | hash of the cookie | until it ends |
/// | ApiTokens | token id | until removed |
/// | JoinTokens | token id | until used or removed |
/// | Nodes | node id | until removed |
/// | Audit | time, number | for ever |
/// | Events | time ms, node, epoch, seq | 90 days |
/// | Watermarks | node, epoch | for ever |
/// | Reports | node, time ms, epoch, seq | until sealed, at most about an hour |
/// | Raw | hour, subject | 48 hours |
/// | Minutes | 4 hours, subject | 14 days |
/// | TenMinutes | day, subject | 366 days |
/// | Generations | node id | until the node is removed |
///
/// Append only: a name is a column family on disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Family {
    Settings,
    Users,
    SignIns,
    ApiTokens,
    JoinTokens,
    Nodes,
    Audit,
    Events,
    Watermarks,
    Reports,
    Raw,
    Minutes,
    TenMinutes,
    Generations,
}

/// How a family is used, which decides memory and compression.
pub(super) struct Habits {
    /// Bytes in memory before a file is written. All families together never take more than `open::MEMORY`.
    pub(super) memtable: usize,
    /// Of the upper levels; the lowest is always at least as strong.
    pub(super) upper: DBCompressionType,
    pub(super) lowest: DBCompressionType,
}

impl Family {
    pub(super) const ALL: [Self; 14] = [
        Self::Settings,
        Self::Users,
        Self::SignIns,
        Self::ApiTokens,
        Self::JoinTokens,
        Self::Nodes,
        Self::Audit,
        Self::Events,
        Self::Watermarks,
        Self::Reports,
        Self::Raw,
        Self::Minutes,
        Self::TenMinutes,
        Self::Generations,
    ];

    /// The column family on disk.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Settings => "settings",
            Self::Users => "users",
            Self::SignIns => "sign-ins",
            Self::ApiTokens => "api-tokens",
            Self::JoinTokens => "join-tokens",
            Self::Nodes => "nodes",
            Self::Audit => "audit",
            Self::Events => "events",
            Self::Watermarks => "watermarks",
            Self::Reports => "reports",
            Self::Raw => "raw",
            Self::Minutes => "minutes",
            Self::TenMinutes => "ten-minutes",
            Self::Generations => "generations",
        }
    }

    pub(super) const fn habits(self) -> Habits {
        match self {
            // Deleted within the hour: mostly they never reach a file.
            Self::Reports => Habits {
                memtable: 16 << 20,
                upper: DBCompressionType::Lz4,
                lowest: DBCompressionType::Zstd,
            },
            // The blocks are zstd already; a second time only costs.
            Self::Raw | Self::Minutes | Self::TenMinutes => Habits {
                memtable: 8 << 20,
                upper: DBCompressionType::None,
                lowest: DBCompressionType::None,
            },
            _ => Habits {
                memtable: 2 << 20,
                upper: DBCompressionType::Lz4,
                lowest: DBCompressionType::Zstd,
            },
        }
    }
}
