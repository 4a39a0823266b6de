//! A writer that does to a log what Docker does: entries in pieces, rotation, packing, emptying. For tests.

use crane_shared::model::LogSource;
use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};

pub(crate) struct Writer {
    pub(crate) path: PathBuf,
    file: File,
    size: u64,
    pub(crate) max_size: u64,
    pub(crate) max_file: u32,
    pub(crate) packs: bool,
    at_ns: i64,
    pub(crate) rotations: u32,
}

impl Writer {
    pub(crate) fn new(directory: &Path, max_size: u64, max_file: u32) -> Self {
        let path = directory.join("c-json.log");
        let file = OpenOptions::new().append(true).create(true).open(&path).unwrap();
        Self {
            path,
            file,
            size: 0,
            max_size,
            max_file,
            packs: false,
            at_ns: 1_700_000_000_000_000_000,
            rotations: 0,
        }
    }

    /// Time of the last entry.
    pub(crate) fn now(&self) -> i64 {
        self.at_ns
    }

    /// Time goes on.
    pub(crate) fn pass(&mut self, ns: i64) {
        self.at_ns += ns;
    }

    /// A whole line, in pieces when it is long.
    pub(crate) fn line(&mut self, source: LogSource, text: &str) {
        self.pass(1000);
        let line = format!("{text}\n");
        let mut rest = line.as_str();
        while rest.len() > 16 << 10 {
            let (piece, next) = rest.split_at(16 << 10);
            self.piece(source, piece, self.at_ns);
            rest = next;
        }
        self.piece(source, rest, self.at_ns);
    }

    /// One entry.
    pub(crate) fn piece(&mut self, source: LogSource, text: &str, at_ns: i64) {
        let stream = if source == LogSource::Stderr {
            "stderr"
        } else {
            "stdout"
        };
        let time = jiff::Timestamp::from_nanosecond(i128::from(at_ns)).unwrap();
        let mut entry = serde_json::json!({"log": text, "stream": stream, "time": time.to_string()}).to_string();
        entry.push('\n');
        self.raw(entry.as_bytes());
    }

    pub(crate) fn raw(&mut self, bytes: &[u8]) {
        // A file is rotated away when it is full, so it is longer than the limit by less than an entry.
        if self.max_size > 0 && self.size >= self.max_size {
            self.rotate();
        }
        self.file.write_all(bytes).unwrap();
        self.size += bytes.len() as u64;
    }

    pub(crate) fn rotate(&mut self) {
        self.rotations += 1;
        self.size = 0;
        if self.max_file < 2 {
            self.file.set_len(0).unwrap();
            return;
        }
        let name = |number: u32| PathBuf::from(format!("{}.{number}", self.path.display()));
        let packed = |number: u32| PathBuf::from(format!("{}.{number}.gz", self.path.display()));
        for number in (1..self.max_file - 1).rev() {
            drop(std::fs::rename(name(number), name(number + 1)));
            drop(std::fs::rename(packed(number), packed(number + 1)));
        }
        std::fs::rename(&self.path, name(1)).unwrap();
        self.file = OpenOptions::new().append(true).create(true).open(&self.path).unwrap();
        if self.packs {
            let text = std::fs::read(name(1)).unwrap();
            let mut packer =
                flate2::write::GzEncoder::new(File::create(packed(1)).unwrap(), flate2::Compression::fast());
            packer.write_all(&text).unwrap();
            packer.finish().unwrap();
            std::fs::remove_file(name(1)).unwrap();
        }
    }
}
