//! Mail, sent off the request: a slow mail server delays no answer and tells nobody which addresses exist.

use std::{error::Error, fs, path::Path, time::Duration};

use lettre::{
    AsyncFileTransport, AsyncSmtpTransport, AsyncTransport, Tokio1Executor,
    message::{
        Body, Mailbox, Message as Email, SinglePart,
        header::{ContentTransferEncoding, ContentType},
    },
    transport::smtp::authentication::Credentials,
};
use tokio::{
    sync::{mpsc, oneshot},
    time::timeout,
};

use crate::config::{Mail, MailKind};

/// Mails that may wait.
const QUEUE: usize = 256;
/// How long one mail may take.
const SEND: Duration = Duration::from_secs(30);
/// How long a server that stops waits for its mails.
const FLUSH: Duration = Duration::from_secs(5);

/// A mail of plain text.
#[derive(Debug)]
#[allow(clippy::exhaustive_structs, reason = "the routes build it")]
pub struct Message {
    /// An address that was checked.
    pub to: String,
    /// One line.
    pub subject: String,
    /// The text; no line is broken, so a token stays whole.
    pub text: String,
}

/// Takes mails and sends them one after another. A clone is one channel.
#[derive(Debug, Clone)]
pub struct Mailer {
    queue: mpsc::Sender<Task>,
}

#[derive(Debug)]
enum Task {
    /// With whom to tell that it is out.
    Send(Message, Option<oneshot::Sender<()>>),
    Flush(oneshot::Sender<()>),
}

enum Transport {
    File(AsyncFileTransport<Tokio1Executor>),
    Smtp(AsyncSmtpTransport<Tokio1Executor>),
}

impl Mailer {
    /// Starts the task that sends.
    ///
    /// # Errors
    ///
    /// A sender that is no address, a server that cannot be named, a password file that cannot be read.
    pub fn start(config: &Mail, outbox: &Path) -> Result<Self, Box<dyn Error>> {
        let from: Mailbox = config
            .from
            .parse()
            .map_err(|_| "mail.from must be an address")?;
        let transport = match config.kind {
            MailKind::File => Transport::File(AsyncFileTransport::new(outbox)),
            MailKind::Smtp => Transport::Smtp(smtp(config)?),
        };
        let (queue, tasks) = mpsc::channel(QUEUE);
        tokio::spawn(run(transport, from, tasks));
        Ok(Self { queue })
    }

    /// Takes a mail; `false` when too many wait already.
    #[must_use]
    pub fn send(&self, message: Message) -> bool {
        let taken = self.queue.try_send(Task::Send(message, None)).is_ok();
        if !taken {
            tracing::error!("mail queue is full");
        }
        taken
    }

    /// A place in the line for a mail that must not be lost to a full one; `None` when too many wait already.
    pub fn place(&self) -> Option<Place> {
        let place = self.queue.clone().try_reserve_owned();
        if place.is_err() {
            tracing::error!("mail queue is full");
        }
        place.ok().map(Place)
    }

    /// Returns when what was taken is out, or after five seconds.
    pub async fn flush(&self) {
        let (done, flushed) = oneshot::channel();
        let flush = async {
            if self.queue.send(Task::Flush(done)).await.is_ok() {
                // The task has gone when nobody answers: nothing is left to wait for.
                drop(flushed.await);
            }
        };
        if timeout(FLUSH, flush).await.is_err() {
            tracing::error!("mails were left unsent");
        }
    }
}

/// A place in the line; a drop gives it back.
#[derive(Debug)]
pub struct Place(mpsc::OwnedPermit<Task>);

impl Place {
    /// Takes the mail.
    pub fn send(self, message: Message) {
        drop(self.0.send(Task::Send(message, None)));
    }

    /// Takes the place; the answer comes when the mail is out, and never if it cannot be sent.
    pub fn send_and_tell(self, message: Message) -> oneshot::Receiver<()> {
        let (out, told) = oneshot::channel();
        drop(self.0.send(Task::Send(message, Some(out))));
        told
    }
}

fn smtp(config: &Mail) -> Result<AsyncSmtpTransport<Tokio1Executor>, Box<dyn Error>> {
    let builder = match config.port {
        465 => AsyncSmtpTransport::<Tokio1Executor>::relay(&config.host)?,
        _ => AsyncSmtpTransport::<Tokio1Executor>::starttls_relay(&config.host)?,
    };
    let mut builder = builder.port(config.port).timeout(Some(SEND));
    if let Some(username) = &config.username {
        let password = match (&config.password, &config.password_file) {
            (Some(password), _) => password.clone(),
            (None, Some(path)) => {
                let text = fs::read_to_string(path)
                    .map_err(|error| format!("mail.password_file {}: {error}", path.display()))?;
                text.trim_end_matches(['\r', '\n']).to_owned()
            }
            (None, None) => return Err("mail.username needs mail.password_file".into()),
        };
        builder = builder.credentials(Credentials::new(username.clone(), password));
    }
    Ok(builder.build())
}

async fn run(transport: Transport, from: Mailbox, mut tasks: mpsc::Receiver<Task>) {
    while let Some(task) = tasks.recv().await {
        match task {
            Task::Send(message, out) => match send(&transport, &from, message).await {
                // Whoever asked may have gone.
                Ok(()) => drop(out.map(|out| out.send(()))),
                // Not the address: the log is no list of who signed up.
                Err(error) => tracing::error!(%error, "mail not sent"),
            },
            Task::Flush(done) => drop(done.send(())),
        }
    }
}

async fn send(
    transport: &Transport,
    from: &Mailbox,
    message: Message,
) -> Result<(), Box<dyn Error + Send + Sync>> {
    let body = SinglePart::builder()
        .header(ContentType::TEXT_PLAIN)
        .body(body(message.text));
    let email = Email::builder()
        .from(from.clone())
        .to(message.to.parse()?)
        .subject(message.subject)
        .singlepart(body)?;
    match transport {
        Transport::File(file) => drop(file.send(email).await?),
        Transport::Smtp(smtp) => drop(timeout(SEND, smtp.send(email)).await??),
    }
    Ok(())
}

/// RFC 5322 section 2.1.1: characters of a line without its end.
const MAX_LINE: usize = 998;

/// As it is, in 7bit, wherever RFC 5322 allows it: lettre would take quoted-printable for a line above 76 characters, which
/// breaks a link or a token in two.
fn body(text: String) -> Body {
    let is_line =
        |line: &str| line.len() <= MAX_LINE && line.is_ascii() && !line.contains(['\0', '\r']);
    if !text.lines().all(is_line) {
        return Body::new(text);
    }
    let lines: String = text.lines().flat_map(|line| [line, "\r\n"]).collect();
    Body::dangerous_pre_encoded(lines.into_bytes(), ContentTransferEncoding::SevenBit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_mail_to_the_outbox_keeps_its_lines_whole() {
        let outbox = tempfile::tempdir().unwrap();
        let mailer = Mailer::start(&Mail::default(), outbox.path()).unwrap();
        let token = format!("bz1_c001_{}", "A".repeat(60));
        let taken = mailer.send(Message {
            to: "ann@example.com".to_owned(),
            subject: "Your account".to_owned(),
            text: format!("Open\n\nhttp://127.0.0.1:8080/confirm#{token}\n\n{token}\n"),
        });
        assert!(taken);
        mailer.flush().await;
        let mail = fs::read_dir(outbox.path())
            .unwrap()
            .next()
            .unwrap()
            .unwrap()
            .path();
        let text = fs::read_to_string(&mail).unwrap();
        assert!(text.lines().any(|line| line == token), "{text}");
        let link = format!("http://127.0.0.1:8080/confirm#{token}");
        assert!(text.lines().any(|line| line == link), "{text}");
        assert!(text.contains("Content-Transfer-Encoding: 7bit"), "{text}");
        assert!(text.contains("To: ann@example.com"));
    }

    #[tokio::test]
    async fn a_mail_that_waits_too_long_in_line_is_refused() {
        let outbox = tempfile::tempdir().unwrap();
        let mailer = Mailer::start(&Mail::default(), outbox.path()).unwrap();
        let message = || Message {
            to: "ann@example.com".to_owned(),
            subject: "s".to_owned(),
            text: "t".to_owned(),
        };
        // This task does not yield, so nothing is sent meanwhile.
        assert!((0..QUEUE).all(|_| mailer.send(message())));
        assert!(!mailer.send(message()));
    }

    #[tokio::test]
    async fn a_server_that_cannot_be_reached_does_not_stop_the_queue() {
        let listener = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        drop(listener); // nobody listens there now
        let config = Mail {
            kind: MailKind::Smtp,
            host: "127.0.0.1".to_owned(),
            port,
            ..Mail::default()
        };
        let mailer = Mailer::start(&config, Path::new("unused")).unwrap();
        for _ in 0..3 {
            let message = Message {
                to: "ann@example.com".to_owned(),
                subject: "s".to_owned(),
                text: "t\n".to_owned(),
            };
            assert!(mailer.send(message));
        }
        let (done, reached) = oneshot::channel();
        mailer.queue.send(Task::Flush(done)).await.unwrap();
        reached.await.unwrap();
    }
}
