//! What every store must pass: one async function a promise, to be awaited by the store's own tests.
//!
//! ```
//! use bartizan_token::{conformance, memory::Memory, store::AccountId};
//! # use std::{cell::Cell, future::Future, num::NonZeroUsize, pin::pin, task::{Context, Poll, Waker}};
//! # fn wait<F: Future>(future: F) -> F::Output {
//! #     let mut future = pin!(future);
//! #     loop {
//! #         match future.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
//! #             Poll::Ready(output) => return output,
//! #             Poll::Pending => std::thread::yield_now(),
//! #         }
//! #     }
//! # }
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let store = Memory::new(NonZeroUsize::new(100).ok_or("accounts")?);
//! let (store, made) = (&store, &Cell::new(0));
//! // How this store gets a new account, with the versions of `Versions::FIRST`.
//! let account = async || {
//!     made.set(made.get() + 1);
//!     let account = AccountId::new(made.get());
//!     store.add_account(account).map(|()| account).unwrap()
//! };
//! wait(conformance::all(store, account));
//! # Ok(())
//! # }
//! ```
//!
//! Callers "at once" are futures that one task polls in turn, so that any runtime will do: what runs in parallel is the
//! store's work. A store that works inside `poll` should have a test with threads too.

mod api;
mod one_time;
mod refresh;
mod sessions;

use std::{
    cell::Cell,
    future::{Future, poll_fn},
    pin::Pin,
    task::Poll,
    time::{Duration, SystemTime},
};

use crate::{
    Entropy, KeyId, KeyRing, Keys, Purpose,
    store::{AccountId, StoreError, TokenStore},
};

/// Callers at once, in the cases that have many. A store's queue must take so many.
pub const CALLERS: usize = 100;

/// Every case in turn, each with accounts of its own, so that a store which is in use can be tested too.
///
/// # Panics
///
/// The store breaks a promise: the message says which.
pub async fn all<S: TokenStore>(store: &S, new_account: impl AsyncFn() -> AccountId) {
    let next = async || Case {
        store,
        account: new_account().await,
        drawn: Cell::new(0),
    };
    refresh::many_callers_at_once_make_one_successor(&next().await).await;
    refresh::the_parent_gets_the_same_answer_inside_the_grace_and_ends_the_family_after_it(
        &next().await,
    )
    .await;
    refresh::every_older_token_ends_the_family_and_its_sessions(&next().await).await;
    refresh::a_swap_after_the_end_or_a_password_change_does_nothing(&next().await).await;
    refresh::families_are_bounded_listed_and_ended(&next().await).await;
    sessions::an_ended_session_is_refused_by_the_next_look_up(&next().await).await;
    sessions::a_password_change_ends_sessions_and_a_login_does_not(&next().await).await;
    sessions::sessions_expire_and_are_bounded(&next().await).await;
    sessions::a_row_moves_to_the_newest_key_when_it_is_used(&next().await).await;
    one_time::many_callers_at_once_consume_once(&next().await).await;
    one_time::a_newer_token_kills_the_older_of_its_purpose_alone(&next().await).await;
    one_time::a_reset_link_dies_by_password_address_and_login(&next().await).await;
    one_time::a_used_reset_ends_sessions_and_families_with_it(&next().await).await;
    one_time::a_code_has_its_attempts_and_is_used_once(&next().await).await;
    api::a_token_is_found_listed_and_ended(&next().await).await;
    api::a_token_is_replaced_once_and_overlaps(&next().await).await;
    api::tokens_are_bounded_and_expire(&next().await).await;
    api::a_token_under_an_old_key_moves_to_the_new_one(&next().await).await;
}

/// A store and an account that nothing else uses.
struct Case<'a, S> {
    store: &'a S,
    account: AccountId,
    drawn: Cell<u64>,
}

impl<S> Case<'_, S> {
    /// Bytes that no other case and no earlier call had: enough for a test, nothing for a service.
    fn entropy(&self) -> Entropy {
        self.drawn.set(self.drawn.get() + 1);
        let mut bytes = [0; 32];
        for half in bytes.chunks_exact_mut(16) {
            let value = self.account.get().rotate_left(64) ^ u128::from(self.drawn.get());
            half.copy_from_slice(&value.to_be_bytes());
        }
        Entropy::new(bytes)
    }

    fn keys<P: Purpose>(&self) -> Keys<P> {
        keys(&[1])
    }
}

fn keys<P: Purpose>(ids: &[u8]) -> Keys<P> {
    let roots = ids.iter().map(|id| (KeyId::new(u16::from(*id)), [*id; 32]));
    match KeyRing::new(roots) {
        Ok(ring) => ring.keys(),
        Err(error) => panic!("the suite's own ring: {error}"),
    }
}

/// Seconds after the suite's first moment; whole milliseconds, which every store keeps.
fn at(seconds: u64) -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(1_800_000_000 + seconds)
}

fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

/// A store that gives no answer fails the suite.
fn answered<T>(outcome: Result<T, StoreError>) -> T {
    match outcome {
        Ok(value) => value,
        Err(error) => match std::error::Error::source(&error) {
            Some(source) => panic!("{error}: {source}"),
            None => panic!("{error}"),
        },
    }
}

fn some<T>(value: Option<T>, what: &str) -> T {
    match value {
        Some(value) => value,
        None => panic!("missing: {what}"),
    }
}

/// Polls all of them until all have answered.
async fn at_once<F: Future>(futures: impl IntoIterator<Item = F>) -> Vec<F::Output> {
    let mut waiting: Vec<Pin<Box<F>>> = futures.into_iter().map(Box::pin).collect();
    let mut done = Vec::with_capacity(waiting.len());
    poll_fn(|context| {
        waiting.retain_mut(|future| match future.as_mut().poll(context) {
            Poll::Ready(output) => {
                done.push(output);
                false
            }
            Poll::Pending => true,
        });
        match waiting.is_empty() {
            true => Poll::Ready(()),
            false => Poll::Pending,
        }
    })
    .await;
    done
}
