use crane_shared::identity::{IdentityError, Pin, SERVER_NAME, quic_client_join};
use crane_shared::protocol::Refusal;
use crane_shared::wire::WireError;
use quinn::{Connection, ConnectionError, Endpoint};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

/// A manager that does not finish the handshake in this time is not there.
const HANDSHAKE: Duration = Duration::from_secs(8);
/// A name server that does not answer in this time is not there.
const LOOK_UP: Duration = Duration::from_secs(8);
/// The last words leave within this or not at all.
const PARTING: Duration = Duration::from_secs(1);
/// How the manager closes the connection of a node that it has removed.
const CLOSED_REMOVED: u32 = 3;

/// Why there is no session.
#[derive(Debug, thiserror::Error)]
pub enum DialError {
    #[error("{address:?} is no address; it looks like HOST:PORT")]
    Address { address: String },
    #[error("the name of {address} can't be looked up: {why}")]
    LookUp { address: String, why: String },
    #[error("{address} does not answer over UDP: {why}")]
    Unreachable { address: String, why: String },
    #[error("{address} is not the manager that was joined: {why}")]
    NotTheManager { address: String, why: String },
    #[error("the manager does not admit this node: {why}")]
    NotAdmitted { why: String },
    #[error("the manager refused: {0}")]
    Refused(Refusal),
    #[error("the manager has removed this node")]
    Removed,
    #[error("the connection was lost: {0}")]
    Lost(String),
    #[error(transparent)]
    Identity(#[from] IdentityError),
}

/// No `#[from]`: the message holds the refusal already, as a source it would be printed twice.
impl From<Refusal> for DialError {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

impl From<WireError> for DialError {
    fn from(err: WireError) -> Self {
        Self::Lost(err.to_string())
    }
}

/// Looks up `address` (`host:port`) and connects to the first of its IP addresses that answers.
pub(super) async fn dial(address: &str, config: &quinn::ClientConfig) -> Result<(Endpoint, Connection), DialError> {
    let mut last = DialError::LookUp {
        address: address.to_owned(),
        why: "it has no address".to_owned(),
    };
    for to in look_up(address).await? {
        match knock(address, to, config).await {
            Ok(connected) => return Ok(connected),
            Err(err) => last = err,
        }
    }
    Err(last)
}

/// Whether a manager with this pin answers over UDP, without coming in: for the doctor. Says which IP address did.
///
/// # Errors
/// Why not, as precisely as it can be told.
pub async fn reach(address: &str, pin: &Pin) -> Result<SocketAddr, DialError> {
    let (endpoint, connection) = dial(address, &quic_client_join(pin)?).await?;
    let from = connection.remote_address();
    connection.close(0_u8.into(), b"only looking");
    hang_up(&endpoint).await;
    Ok(from)
}

/// After the connection was closed: without it the last words may never leave. QUIC would wait three times what it takes
/// for a slow answer, which on a starved machine is half a minute.
pub(super) async fn hang_up(endpoint: &Endpoint) {
    drop(tokio::time::timeout(PARTING, endpoint.wait_idle()).await);
}

async fn look_up(address: &str) -> Result<Vec<SocketAddr>, DialError> {
    if let Ok(address) = address.parse() {
        return Ok(vec![address]);
    }
    let is_address = address
        .rsplit_once(':')
        .is_some_and(|(host, port)| !host.is_empty() && port.parse::<u16>().is_ok());
    if !is_address {
        return Err(DialError::Address {
            address: address.to_owned(),
        });
    }
    let failed = |why: String| DialError::LookUp {
        address: address.to_owned(),
        why,
    };
    match tokio::time::timeout(LOOK_UP, tokio::net::lookup_host(address)).await {
        Ok(Ok(found)) => Ok(found.take(8).collect()),
        Ok(Err(err)) => Err(failed(err.to_string())),
        Err(_) => Err(failed(format!("no answer within {} s", LOOK_UP.as_secs()))),
    }
}

async fn knock(
    address: &str,
    to: SocketAddr,
    config: &quinn::ClientConfig,
) -> Result<(Endpoint, Connection), DialError> {
    let unreachable = |why: String| DialError::Unreachable {
        address: address.to_owned(),
        why,
    };
    let any = match to.ip() {
        IpAddr::V4(_) => IpAddr::from(Ipv4Addr::UNSPECIFIED),
        IpAddr::V6(_) => IpAddr::from(Ipv6Addr::UNSPECIFIED),
    };
    let endpoint = Endpoint::client(SocketAddr::new(any, 0)).map_err(|err| unreachable(err.to_string()))?;
    let connecting = endpoint
        .connect_with(config.clone(), to, SERVER_NAME)
        .map_err(|err| unreachable(err.to_string()))?;
    match tokio::time::timeout(HANDSHAKE, connecting).await {
        Ok(Ok(connection)) => Ok((endpoint, connection)),
        Ok(Err(ConnectionError::TimedOut)) => Err(unreachable("no answer".to_owned())),
        Ok(Err(err)) => Err(closed(address, &err)),
        Err(_) => Err(unreachable(format!("no handshake within {} s", HANDSHAKE.as_secs()))),
    }
}

/// What the end of a connection means.
pub(super) fn closed(address: &str, err: &ConnectionError) -> DialError {
    let text = err.to_string();
    match err {
        ConnectionError::ApplicationClosed(close) if close.error_code == CLOSED_REMOVED.into() => DialError::Removed,
        ConnectionError::ApplicationClosed(close) => {
            DialError::Lost(String::from_utf8_lossy(&close.reason).into_owned())
        }
        // We closed it: its certificate is not that of the pinned authority.
        ConnectionError::TransportError(_) => DialError::NotTheManager {
            address: address.to_owned(),
            why: text,
        },
        // It closed with a TLS alert: our key is not in its set, or our certificate is over.
        ConnectionError::ConnectionClosed(_) => DialError::NotAdmitted { why: text },
        ConnectionError::TimedOut => DialError::Lost("the manager fell silent".to_owned()),
        _ => DialError::Lost(text),
    }
}
