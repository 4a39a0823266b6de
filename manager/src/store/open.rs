use super::{Family, StoreError};
use rocksdb::{
    BlockBasedOptions, Cache, ColumnFamilyDescriptor, DB, DBCompressionType, DBRecoveryMode, Options, WriteOptions,
};
use std::path::Path;

/// Bytes of all memtables together. The largest part of the manager's memory that does not depend on its load.
const MEMORY: usize = 48 << 20;
/// Bytes of file blocks kept in memory: charts of the last days read a few hundred blocks of a few KiB.
const CACHE: usize = 16 << 20;
/// Layout of keys and records. Goes up when an older manager would misread what this one writes.
const LAYOUT: u32 = 1;
/// In the default column family, which holds nothing else.
const LAYOUT_KEY: &[u8] = b"layout";

pub(super) fn open(dir: &Path) -> Result<DB, StoreError> {
    let mut options = recovery();
    options.create_if_missing(true);
    options.create_missing_column_families(true);
    options.set_db_write_buffer_size(MEMORY);
    // Two cores are what a small manager has; one flush and one compaction at a time suffice for it.
    options.set_max_background_jobs(2);
    // Compactions write in small steps instead of one large stall at the end.
    options.set_bytes_per_sync(1 << 20);
    let db = DB::open_cf_descriptors(&options, dir, descriptors()).map_err(|error| named(error, dir))?;
    check_layout(&db)?;
    Ok(db)
}

/// Opens a copy for reading and reads a record of every family.
pub(super) fn verify(dir: &Path) -> Result<(), StoreError> {
    let db = DB::open_cf_descriptors_read_only(&recovery(), dir, descriptors(), false)?;
    for family in Family::ALL {
        let Some(handle) = db.cf_handle(family.name()) else {
            return Err(StoreError::Disk(format!("the copy has no {}", family.name())));
        };
        if let Some(first) = db.iterator_cf(handle, rocksdb::IteratorMode::Start).next() {
            first?;
        }
    }
    check_readable(&db)
}

/// What makes damage visible instead of silent, and keeps files and logs bounded.
fn recovery() -> Options {
    let mut options = Options::default();
    // Stops at the first bad record of the log. Never `SkipAny`: it would lose acknowledged writes without a word.
    options.set_wal_recovery_mode(DBRecoveryMode::PointInTime);
    // A log file that vanished is noticed.
    options.set_track_and_verify_wals_in_manifest(true);
    options.set_paranoid_checks(true);
    options.set_max_total_wal_size(256 << 20);
    options.set_keep_log_file_num(5);
    // A tenth of the 65,536 a service gets is far away; the rest belongs to connections.
    options.set_max_open_files(512);
    options.set_stats_dump_period_sec(0);
    options
}

fn descriptors() -> Vec<ColumnFamilyDescriptor> {
    let cache = Cache::new_lru_cache(CACHE);
    let mut all: Vec<_> = Family::ALL
        .iter()
        .map(|family| ColumnFamilyDescriptor::new(family.name(), of_family(*family, &cache)))
        .collect();
    all.push(ColumnFamilyDescriptor::new("default", Options::default()));
    all
}

fn of_family(family: Family, cache: &Cache) -> Options {
    let habits = family.habits();
    let mut blocks = BlockBasedOptions::default();
    blocks.set_block_cache(cache);
    // Indexes count against the cache, or many files would be memory that nobody bounded.
    blocks.set_cache_index_and_filter_blocks(true);
    blocks.set_pin_l0_filter_and_index_blocks_in_cache(true);
    blocks.set_bloom_filter(10.0, false);
    let mut options = Options::default();
    options.set_block_based_table_factory(&blocks);
    options.set_write_buffer_size(habits.memtable);
    options.set_compression_type(habits.upper);
    options.set_bottommost_compression_type(habits.lowest);
    if habits.lowest == DBCompressionType::Zstd {
        // Level 3 with RocksDB's own window, no dictionary.
        options.set_bottommost_compression_options(-14, 3, 0, 0, true);
    }
    options
}

fn named(error: rocksdb::Error, dir: &Path) -> StoreError {
    // The only way RocksDB tells a held lock from a broken disk is this text.
    if error.to_string().contains("lock") {
        return StoreError::InUse {
            directory: dir.to_owned(),
        };
    }
    error.into()
}

fn check_layout(db: &DB) -> Result<(), StoreError> {
    if db.get(LAYOUT_KEY)?.is_some() {
        return check_readable(db);
    }
    let mut synced = WriteOptions::default();
    synced.set_sync(true);
    db.put_opt(LAYOUT_KEY, LAYOUT.to_be_bytes(), &synced)?;
    Ok(())
}

fn check_readable(db: &DB) -> Result<(), StoreError> {
    let bytes = db.get(LAYOUT_KEY)?.unwrap_or_default();
    let found = bytes
        .try_into()
        .map(u32::from_be_bytes)
        .map_err(|_| StoreError::Disk("its layout can't be read".to_owned()))?;
    if found > LAYOUT {
        return Err(StoreError::TooNew { found, known: LAYOUT });
    }
    Ok(())
}
