//! A name server for the proof: every name is this machine. What it shows is that a program without the machine's libraries
//! finds names by `/etc/resolv.conf`.

use std::net::UdpSocket;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use anyhow::{Context as _, Result};

/// One of this machine's own addresses that nobody else is likely to listen on.
pub(super) const ADDRESS: &str = "127.77.7.7";
/// How often it looks whether it is to end.
const LOOK: Duration = Duration::from_millis(50);

/// Answers until it is dropped.
#[derive(Debug)]
pub(super) struct Resolver {
    is_over: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

/// Starts it.
pub(super) fn serve() -> Result<Resolver> {
    let socket = UdpSocket::bind((ADDRESS, 53)).with_context(|| format!("cannot listen on {ADDRESS}:53"))?;
    socket.set_read_timeout(Some(LOOK))?;
    let is_over = Arc::new(AtomicBool::new(false));
    let over = is_over.clone();
    let thread = std::thread::spawn(move || {
        let mut question = [0; 512];
        while !over.load(Ordering::Relaxed) {
            let Ok((length, from)) = socket.recv_from(&mut question) else { continue };
            if let Some(answer) = answer(&question[..length]) {
                // Who is gone asks again.
                let _ = socket.send_to(&answer, from);
            }
        }
    });
    Ok(Resolver { is_over, thread: Some(thread) })
}

impl Drop for Resolver {
    fn drop(&mut self) {
        self.is_over.store(true, Ordering::Relaxed);
        let _ = self.thread.take().map(JoinHandle::join);
    }
}

/// The answer to a question for one name: 127.0.0.1 for A, nothing for others (RFC 1035, section 4). `None`: no question.
fn answer(question: &[u8]) -> Option<Vec<u8>> {
    const HEAD: usize = 12;
    const A: [u8; 2] = [0, 1];
    let name = question.get(HEAD..)?.iter().position(|byte| *byte == 0)?;
    // Behind the name: what is asked, and the class.
    let end = HEAD + name + 5;
    let asked = question.get(end - 4..end - 2)?;
    let count = u8::from(asked == A);
    let mut answer = question.get(..2)?.to_vec();
    // An answer without a fault, one question, so many answers.
    answer.extend([0x81, 0x80, 0, 1, 0, count, 0, 0, 0, 0]);
    answer.extend(question.get(HEAD..end)?);
    if count == 1 {
        // The name of the question, A, internet, a minute, four bytes.
        answer.extend([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 127, 0, 0, 1]);
    }
    Some(answer)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asking(kind: u8) -> Vec<u8> {
        let mut question = vec![7, 9, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0];
        question.extend(b"\x01a\x04test\x00");
        question.extend([0, kind, 0, 1]);
        question
    }

    #[test]
    fn a_name_is_this_machine_and_has_no_other_address() {
        let (v4, v6) = (answer(&asking(1)).unwrap(), answer(&asking(28)).unwrap());
        assert!(v4.starts_with(&[7, 9, 0x81, 0x80, 0, 1, 0, 1]) && v4.ends_with(&[0, 4, 127, 0, 0, 1]));
        assert!(v6.starts_with(&[7, 9, 0x81, 0x80, 0, 1, 0, 0]) && v6.ends_with(&asking(28)[12..]));
    }

    #[test]
    fn what_is_no_question_is_not_answered() {
        assert_eq!(answer(&[]), None);
        assert_eq!(answer(&asking(1)[..16]), None);
    }
}
