use anyhow::{Result, bail};
use bytes::Bytes;
use futures_util::{SinkExt, StreamExt};
use http::HeaderMap;
use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::net::TcpStream;
use tokio_rustls::client::TlsStream;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::{Error, Message};

/// A WebSocket to the manager. Dropped, it vanishes without a goodbye, as a browser's tab may.
#[derive(Debug)]
pub struct Socket {
    stream: WebSocketStream<TlsStream<TcpStream>>,
}

/// What a socket said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Word {
    Text(String),
    Binary(Bytes),
    /// It was closed: code, or 1006 when the connection just broke.
    Closed(u16),
}

impl Socket {
    pub(super) async fn open(
        tls: TlsStream<TcpStream>,
        address: &str,
        path: &str,
        headers: &HeaderMap,
    ) -> Result<Self> {
        let mut request = format!("wss://{address}{path}").into_client_request()?;
        for (name, value) in headers {
            request.headers_mut().insert(name, value.clone());
        }
        match tokio_tungstenite::client_async(request, tls).await {
            Ok((stream, _)) => Ok(Self { stream }),
            Err(Error::Http(answer)) => bail!(
                "{}: {}",
                answer.status(),
                String::from_utf8_lossy(answer.body().as_deref().unwrap_or_default())
            ),
            Err(why) => Err(why.into()),
        }
    }

    /// Sends JSON as a text message.
    ///
    /// # Errors
    /// When the socket is gone.
    pub async fn say(&mut self, message: &impl Serialize) -> Result<()> {
        let text = serde_json::to_string(message)?;
        Ok(self.stream.send(Message::text(text)).await?)
    }

    /// Sends bytes.
    ///
    /// # Errors
    /// When the socket is gone.
    pub async fn bytes(&mut self, bytes: &[u8]) -> Result<()> {
        Ok(self.stream.send(Message::binary(bytes.to_vec())).await?)
    }

    /// The next message. Loses nothing when it is dropped early.
    pub async fn hear(&mut self) -> Word {
        loop {
            match self.stream.next().await {
                Some(Ok(Message::Text(text))) => return Word::Text(text.to_string()),
                Some(Ok(Message::Binary(bytes))) => return Word::Binary(bytes),
                Some(Ok(Message::Close(frame))) => {
                    return Word::Closed(frame.map_or(1005, |frame| frame.code.into()));
                }
                Some(Ok(_)) => {}
                Some(Err(_)) | None => return Word::Closed(1006),
            }
        }
    }

    /// The next text message as JSON; `None` when the socket was closed.
    ///
    /// # Errors
    /// When it is a binary message or no such JSON.
    pub async fn read<T: DeserializeOwned>(&mut self) -> Result<Option<T>> {
        match self.hear().await {
            Word::Text(text) => Ok(Some(serde_json::from_str(&text)?)),
            Word::Closed(_) => Ok(None),
            Word::Binary(bytes) => bail!("{} bytes where text was due", bytes.len()),
        }
    }

    /// Says goodbye and waits for the answer.
    pub async fn close(mut self) {
        if self.stream.close(None).await.is_ok() {
            while let Some(Ok(_)) = self.stream.next().await {}
        }
    }
}
