//! Two requests in one segment of one HTTP/2 connection: they arrive together, so that the network's noise cancels, and the order
//! of the answers tells ("Timeless Timing Attacks", Van Goethem et al., USENIX Security 2020).

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream as Blocking};
use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};
use std::time::Duration;

use h2::client::{ResponseFuture, SendRequest};
use http::Request;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;

use super::pairs::{Bodies, Coin, WARM_UP};
use super::statistics::{Share, proportion};
use crate::harness::Outcome;

/// The connection preface of RFC 9113 section 3.4, with empty settings.
const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0";
const SETTINGS: u8 = 4;

/// Whether a server speaks HTTP/2 without TLS to whom begins with it.
pub(crate) fn is_spoken(address: SocketAddr) -> Outcome<bool> {
    let mut stream = Blocking::connect(address)?;
    stream.set_read_timeout(Some(Duration::from_secs(2)))?;
    stream.write_all(PREFACE)?;
    let mut head = [0; 9];
    match stream.read_exact(&mut head) {
        Ok(()) => Ok(head[3] == SETTINGS && &head[..4] != b"HTTP"),
        Err(_) => Ok(false),
    }
}

/// How often the left kind was answered first; and the pairs that this was counted over.
pub(crate) fn left_first(
    address: SocketAddr,
    path: &str,
    bodies: Bodies<'_>,
    pairs: u32,
) -> Outcome<(Share, u32)> {
    // One thread, so that tasks run in the order in which the answers came.
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    runtime.block_on(async {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        let writes = Arc::new(AtomicUsize::new(0));
        let counted = Counted {
            stream,
            writes: Arc::clone(&writes),
        };
        let (client, connection) = h2::client::handshake(counted).await?;
        tokio::spawn(connection);
        let mut client = client.ready().await?;
        let uri = format!("http://{address}{path}");
        let mut coin = Coin::new()?;
        let (mut left_first, mut counted) = (0, 0);
        for number in 0..WARM_UP + pairs {
            let before = writes.load(Ordering::Relaxed);
            let first = usize::from(coin.toss());
            let mut answers = Vec::new();
            // No await in between: the connection's task writes both at once.
            for side in [first, 1 - first] {
                let caller = 2 * number + u32::from(side == 1);
                answers.push((side, send(&mut client, &uri, caller, bodies[side](number))?));
            }
            let order = Arc::new(Mutex::new(Vec::new()));
            let mut tasks = Vec::new();
            for (side, answer) in answers {
                tasks.push(tokio::spawn(note(
                    side,
                    answer,
                    Arc::clone(&order),
                    Arc::clone(&writes),
                )));
            }
            for task in tasks {
                task.await??;
            }
            let order = order.lock().map_err(|error| error.to_string())?.clone();
            let [(winner, at_first), ..] = order.as_slice() else {
                return Err("no answer".into());
            };
            // In one write, hence in one segment: else it was no race.
            if number >= WARM_UP && at_first - before == 1 {
                counted += 1;
                left_first += u32::from(*winner == 0);
            }
        }
        if counted < pairs / 2 {
            return Err(format!("of {pairs} pairs {counted} went out in one segment").into());
        }
        Ok((proportion(left_first, counted), counted))
    })
}

fn send(
    client: &mut SendRequest<bytes::Bytes>,
    uri: &str,
    caller: u32,
    body: String,
) -> Outcome<ResponseFuture> {
    let [_, b, c, d] = caller.to_be_bytes();
    let request = Request::post(uri)
        .header("x-forwarded-for", format!("10.{b}.{c}.{d}"))
        .header("content-type", "application/json")
        .body(())?;
    let (answer, mut stream) = client.send_request(request, false)?;
    stream.send_data(body.into(), true)?;
    Ok(answer)
}

/// Notes who was answered when the head is there, and how many writes there had been, then reads the rest.
async fn note(
    side: usize,
    answer: ResponseFuture,
    order: Arc<Mutex<Vec<(usize, usize)>>>,
    writes: Arc<AtomicUsize>,
) -> Outcome<()> {
    let mut body = answer.await?.into_body();
    order
        .lock()
        .map_err(|error| error.to_string())?
        .push((side, writes.load(Ordering::Relaxed)));
    while let Some(piece) = body.data().await {
        let length = piece?.len();
        body.flow_control().release_capacity(length)?;
    }
    Ok(())
}

/// Counts what is written, so that a pair is known to have gone out in one piece.
struct Counted {
    stream: TcpStream,
    writes: Arc<AtomicUsize>,
}

impl Counted {
    fn count(&self, written: &Poll<io::Result<usize>>) {
        if matches!(written, Poll::Ready(Ok(1..))) {
            self.writes.fetch_add(1, Ordering::Relaxed);
        }
    }
}

impl AsyncRead for Counted {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buffer)
    }
}

impl AsyncWrite for Counted {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write(cx, bytes);
        self.count(&written);
        written
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        pieces: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write_vectored(cx, pieces);
        self.count(&written);
        written
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
