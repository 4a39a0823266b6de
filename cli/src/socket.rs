//! WebSockets to the manager: the same pinned key, the token in a header, never in the address.

use crate::client::{ApiError, Client, Credential, problem};
use anyhow::Context as _;
use tokio::net::TcpStream;
use tokio_rustls::client::TlsStream;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Error;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;

/// An open socket.
pub(crate) type Socket = WebSocketStream<TlsStream<TcpStream>>;

/// Opens a socket at `path` with its query.
///
/// # Errors
/// [`ApiError::Refused`] when the manager said no, [`ApiError::Unreachable`] when it can't be reached.
pub(crate) async fn open(client: &Client, path: &str) -> anyhow::Result<Socket> {
    let unreachable = |why: String| ApiError::Unreachable {
        server: client.server.clone(),
        why,
    };
    let address = client
        .server
        .strip_prefix("https://")
        .context("the manager's address must begin with https://")?;
    let mut request = format!("wss://{address}{path}").into_client_request()?;
    if let Credential::Token(token) = &client.credential {
        request
            .headers_mut()
            .insert("Authorization", format!("Bearer {token}").parse()?);
    }
    let host = request
        .uri()
        .host()
        .context("the manager's address has no host")?
        .trim_matches(['[', ']'])
        .to_owned();
    let port = request.uri().port_u16().unwrap_or(443);
    let tcp = TcpStream::connect((host.as_str(), port))
        .await
        .map_err(|err| unreachable(err.to_string()))?;
    // A keystroke must not wait for the next one.
    tcp.set_nodelay(true)?;
    let mut tls = client.tls.clone();
    tls.alpn_protocols = vec![b"http/1.1".to_vec()];
    let name = rustls::pki_types::ServerName::try_from(host)?;
    let tls = tokio_rustls::TlsConnector::from(std::sync::Arc::new(tls))
        .connect(name, tcp)
        .await
        .map_err(|err| unreachable(err.to_string()))?;
    let limits = WebSocketConfig::default()
        .max_message_size(Some(4 << 20))
        .max_frame_size(Some(4 << 20));
    match tokio_tungstenite::client_async_with_config(request, tls, Some(limits)).await {
        Ok((socket, _)) => Ok(socket),
        Err(Error::Http(response)) => {
            let body = response
                .body()
                .as_deref()
                .map(String::from_utf8_lossy)
                .unwrap_or_default()
                .into_owned();
            Err(ApiError::Refused(problem(response.status().as_u16(), &body)).into())
        }
        Err(err) => Err(unreachable(err.to_string()).into()),
    }
}
