//! One file of records. Its name and its head tell the first number it may hold.

use super::SpoolError;
use super::frame::{self, HEAD};
use crane_shared::protocol::{Record, RecordBody};
use crane_shared::time::Timestamp;
use std::fs::{File, OpenOptions};
use std::io::{BufReader, Read, Seek, SeekFrom, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

const MAGIC: &[u8; 8] = b"crspool1";
/// Magic, epoch, first number, checksum.
pub(super) const FILE_HEAD: u64 = 28;

/// What is known about one file without reading it again.
#[derive(Debug)]
pub(super) struct Segment {
    pub(super) path: PathBuf,
    /// First number it may hold.
    pub(super) base: u64,
    /// Last number it holds; `base - 1` when it is empty.
    pub(super) last: u64,
    /// Up to here its bytes are good.
    pub(super) end: u64,
    /// Bytes behind `end` that are no records.
    pub(super) damaged: u64,
    /// Whether the damage is one record that was not finished, as a crash leaves it.
    pub(super) torn: bool,
    pub(super) since: Option<Timestamp>,
    pub(super) until: Timestamp,
    file: File,
}

impl Segment {
    /// Makes an empty one, complete on disk before it gets its name.
    pub(super) fn create(dir: &Path, epoch: u64, base: u64) -> Result<Self, SpoolError> {
        let path = dir.join(format!("{base:020}.seg"));
        let fresh = path.with_extension("new");
        let mut head = Vec::with_capacity(28);
        head.extend_from_slice(MAGIC);
        head.extend_from_slice(&epoch.to_le_bytes());
        head.extend_from_slice(&base.to_le_bytes());
        head.extend_from_slice(&crc32fast::hash(&head).to_le_bytes());
        let io = SpoolError::io(&path);
        let mut file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(true)
            .mode(0o600)
            .open(&fresh)
            .map_err(&io)?;
        file.write_all(&head).map_err(&io)?;
        file.sync_all().map_err(&io)?;
        std::fs::rename(&fresh, &path).map_err(&io)?;
        sync_dir(dir)?;
        Ok(Self {
            path: path.clone(),
            base,
            last: base - 1,
            end: FILE_HEAD,
            damaged: 0,
            torn: false,
            since: None,
            until: Timestamp::default(),
            file,
        })
    }

    /// Reads a file through: its epoch, and what it holds up to the first damage. `None` when its head is damaged.
    pub(super) fn scan(path: &Path) -> Result<Option<(u64, Self)>, SpoolError> {
        let io = SpoolError::io(path);
        let file = OpenOptions::new().read(true).write(true).open(path).map_err(&io)?;
        let size = file.metadata().map_err(&io)?.len();
        let mut reader = BufReader::with_capacity(64 << 10, &file);
        let mut head = [0; FILE_HEAD as usize];
        if reader.read_exact(&mut head).is_err() {
            return Ok(None);
        }
        let Some((epoch, base)) = read_head(&head) else {
            return Ok(None);
        };
        let (mut last, mut end, mut torn) = (base - 1, FILE_HEAD, false);
        let (mut since, mut until) = (None, Timestamp::default());
        loop {
            match next(&mut reader, size - end).map_err(&io)? {
                Next::Record(record, length) if frame::first(&record) == last + 1 => {
                    last = record.seq;
                    end += length;
                    until = frame::at(&record.body);
                    since.get_or_insert(until);
                }
                Next::Torn => {
                    torn = true;
                    break;
                }
                Next::Record(..) | Next::Damaged | Next::End => break,
            }
        }
        drop(reader);
        Ok(Some((
            epoch,
            Self {
                path: path.to_owned(),
                base,
                last,
                end,
                damaged: size - end,
                torn,
                since,
                until,
                file,
            },
        )))
    }

    /// Cuts off what is damaged.
    pub(super) fn cut(&mut self) -> Result<(), SpoolError> {
        self.file.set_len(self.end).map_err(SpoolError::io(&self.path))?;
        self.damaged = 0;
        self.torn = false;
        self.sync()
    }

    /// Writes one frame behind the last. A failed write leaves the file as it was.
    pub(super) fn append(&mut self, seq: u64, body: &RecordBody, frame: &[u8]) -> Result<(), SpoolError> {
        let io = SpoolError::io(&self.path);
        let written = self
            .file
            .seek(SeekFrom::Start(self.end))
            .and_then(|_| self.file.write_all(frame));
        if let Err(err) = written {
            // If this fails too, the scan at the next start cuts the tail.
            drop(self.file.set_len(self.end));
            return Err(io(err));
        }
        self.end += frame.len() as u64;
        self.last = seq;
        self.until = frame::at(body);
        self.since.get_or_insert(self.until);
        Ok(())
    }

    pub(super) fn sync(&self) -> Result<(), SpoolError> {
        self.file.sync_data().map_err(SpoolError::io(&self.path))
    }

    /// Reads records from byte `offset` on until `keep` says stop; gives back where it stopped.
    pub(super) fn read(&self, offset: u64, mut keep: impl FnMut(Record, u64) -> bool) -> Result<u64, SpoolError> {
        let io = SpoolError::io(&self.path);
        let mut file = &self.file;
        file.seek(SeekFrom::Start(offset)).map_err(&io)?;
        let mut reader = BufReader::with_capacity(64 << 10, file);
        let mut at = offset;
        while at < self.end {
            match next(&mut reader, self.end - at).map_err(&io)? {
                Next::Record(record, length) => {
                    if !keep(record, length) {
                        break;
                    }
                    at += length;
                }
                // Good when it was scanned or written, damaged now: the disk is failing.
                Next::Torn | Next::Damaged | Next::End => {
                    return Err(io(std::io::Error::other("a record was damaged on disk")));
                }
            }
        }
        Ok(at)
    }

    pub(super) fn delete(&self) -> Result<(), SpoolError> {
        std::fs::remove_file(&self.path).map_err(SpoolError::io(&self.path))
    }
}

enum Next {
    Record(Record, u64),
    Torn,
    Damaged,
    End,
}

fn next(reader: &mut impl Read, left: u64) -> std::io::Result<Next> {
    if left == 0 {
        return Ok(Next::End);
    }
    if left < HEAD as u64 {
        return Ok(Next::Torn);
    }
    let mut head = [0; HEAD];
    reader.read_exact(&mut head)?;
    let Some(length) = frame::length(head) else {
        return Ok(Next::Damaged);
    };
    if left < (HEAD + length) as u64 {
        return Ok(Next::Torn);
    }
    let mut payload = vec![0; length];
    reader.read_exact(&mut payload)?;
    Ok(frame::read(head, &payload).map_or(Next::Damaged, |record| Next::Record(record, (HEAD + length) as u64)))
}

fn read_head(head: &[u8; FILE_HEAD as usize]) -> Option<(u64, u64)> {
    let (body, sum) = head.split_last_chunk::<4>()?;
    let number = |at: usize| Some(u64::from_le_bytes(*body.get(at..)?.first_chunk::<8>()?));
    let base = number(16)?;
    let good = body.starts_with(MAGIC) && crc32fast::hash(body) == u32::from_le_bytes(*sum) && base > 0;
    good.then_some((number(8)?, base))
}

/// Makes new and deleted names last.
pub(super) fn sync_dir(dir: &Path) -> Result<(), SpoolError> {
    File::open(dir)
        .and_then(|dir| dir.sync_all())
        .map_err(SpoolError::io(dir))
}
