use crane_shared::api;

/// One change, with the version of the picture that it leads to.
#[derive(Debug, Clone, PartialEq)]
pub struct FeedEvent {
    pub version: u64,
    pub change: api::Feed,
}
