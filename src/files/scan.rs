//! Asks a virus scanner, over the protocol of clamd (`INSTREAM`, as its manual page describes it).

use std::net::SocketAddr;
use std::time::Duration;

use futures_util::stream::{Stream, StreamExt};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::kernel::{Error, Result};

/// How long the scanner may take to answer the telephone.
const CONNECT: Duration = Duration::from_secs(5);
/// How long one content may take from beginning to end.
const LONGEST: Duration = Duration::from_secs(120);
/// Bytes of an answer: a line with the name of what was found.
const ANSWER: u64 = 4_096;
/// Bytes of one piece on its way: well under the limit that clamd comes with.
const PIECE: usize = 64 * 1024;

/// What the scanner says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    Clean,
    /// The scanner's name for what it found.
    Infected(String),
}

/// A clamd that listens on TCP.
#[derive(Debug, Clone, Copy)]
pub struct Scanner {
    address: SocketAddr,
}

impl Scanner {
    #[must_use]
    pub fn new(address: SocketAddr) -> Self {
        Self { address }
    }

    /// Has a content scanned.
    ///
    /// # Errors
    /// [`Error::Unavailable`] where the scanner is away, too slow or gives up (over its own size limit, say): the
    /// content is then neither clean nor infected. The errors of `content`.
    pub async fn scan<B: AsRef<[u8]>>(&self, content: impl Stream<Item = Result<B>>) -> Result<Verdict> {
        let work = async {
            let mut stream = tokio::time::timeout(CONNECT, TcpStream::connect(self.address))
                .await
                .map_err(|_| away("no connection within five seconds"))?
                .map_err(|e| away(&e.to_string()))?;
            send(&mut stream, content).await?;
            let mut answer = Vec::new();
            stream.take(ANSWER).read_to_end(&mut answer).await.map_err(|e| away(&e.to_string()))?;
            verdict(&answer)
        };
        tokio::time::timeout(LONGEST, work).await.map_err(|_| away("no answer within two minutes"))?
    }
}

async fn send<B: AsRef<[u8]>>(to: &mut TcpStream, content: impl Stream<Item = Result<B>>) -> Result<()> {
    let mut content = std::pin::pin!(content);
    if to.write_all(b"zINSTREAM\0").await.is_err() {
        return Ok(());
    }
    while let Some(piece) = content.next().await {
        for part in piece?.as_ref().chunks(PIECE) {
            let length = u32::try_from(part.len()).unwrap_or_default().to_be_bytes();
            // A scanner that has seen enough hangs up; its answer, which is read next, says why.
            if to.write_all(&length).await.is_err() || to.write_all(part).await.is_err() {
                return Ok(());
            }
        }
    }
    let _ = to.write_all(&0u32.to_be_bytes()).await;
    Ok(())
}

/// `stream: OK`, `stream: <name> FOUND`, or an error in words.
fn verdict(answer: &[u8]) -> Result<Verdict> {
    let answer = String::from_utf8_lossy(answer);
    let answer = answer.trim_end_matches(['\0', '\n']);
    let Some(said) = answer.strip_prefix("stream: ") else {
        return Err(away(if answer.is_empty() { "no answer" } else { answer }));
    };
    match said.strip_suffix(" FOUND") {
        Some(name) => Ok(Verdict::Infected(name.to_owned())),
        None if said == "OK" => Ok(Verdict::Clean),
        None => Err(away(said)),
    }
}

fn away(why: &str) -> Error {
    Error::Unavailable(format!("the scanner: {why}"))
}

#[cfg(test)]
mod tests {
    use futures_util::stream;
    use tokio::net::TcpListener;

    use super::*;

    /// Speaks clamd's protocol; finds the word `EICAR`, and gives up beyond `most` bytes.
    async fn clamd(most: usize) -> Scanner {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let mut command = [0; 10];
                stream.read_exact(&mut command).await.unwrap();
                assert_eq!(&command, b"zINSTREAM\0");
                let mut content = Vec::new();
                let answer = loop {
                    let length = stream.read_u32().await.unwrap() as usize;
                    if length == 0 {
                        let found = content.windows(5).any(|w| w == b"EICAR");
                        break if found { "stream: Eicar-Signature FOUND\0" } else { "stream: OK\0" };
                    }
                    let mut piece = vec![0; length];
                    stream.read_exact(&mut piece).await.unwrap();
                    content.extend_from_slice(&piece);
                    if content.len() > most {
                        break "INSTREAM size limit exceeded. ERROR\0";
                    }
                };
                stream.write_all(answer.as_bytes()).await.unwrap();
            }
        });
        Scanner::new(address)
    }

    fn content(pieces: &[&[u8]]) -> impl Stream<Item = Result<Vec<u8>>> + use<> {
        stream::iter(pieces.iter().map(|p| Ok(p.to_vec())).collect::<Vec<_>>())
    }

    #[tokio::test]
    async fn the_scanner_sees_the_whole_content_in_order() {
        let scanner = clamd(10_000_000).await;
        assert_eq!(scanner.scan(content(&[b"all ", b"well"])).await.unwrap(), Verdict::Clean);
        let big = vec![b'x'; 200_000];
        let found = scanner.scan(content(&[&big, b"EIC", b"AR"])).await.unwrap();
        assert_eq!(found, Verdict::Infected("Eicar-Signature".into()));
    }

    #[tokio::test]
    async fn a_scanner_that_gives_up_or_is_away_says_nothing_about_the_content() {
        let scanner = clamd(10).await;
        assert!(matches!(scanner.scan(content(&[b"more than ten bytes"])).await, Err(Error::Unavailable(_))));
        let free = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
        assert!(matches!(Scanner::new(free).scan(content(&[b"x"])).await, Err(Error::Unavailable(_))));
    }

    #[test]
    fn only_a_plain_yes_is_clean() {
        assert_eq!(verdict(b"stream: OK\0").unwrap(), Verdict::Clean);
        assert!(verdict(b"").is_err() && verdict(b"OK\0").is_err() && verdict(b"stream: x ERROR\0").is_err());
    }
}
