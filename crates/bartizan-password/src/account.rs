use std::{fmt, time::Instant};

use crate::{
    AccountId, Column, Password, Pool, StoredHash, Unavailable, Verdict,
    queue::{Task, Who},
};
#[cfg(feature = "legacy")]
use crate::{LegacyHash, Wrappable, Wrapped};

/// A [`Pool`] for one account: its passwords are hashed one after another, and its rows are bound to it.
///
/// Of all jobs under one name, one is worked on at a time, and [`MAX_WAITING`](Self::MAX_WAITING) may wait, whether there is
/// such an account or not; the next is refused like one that meets a full queue. So nobody guesses at one account on all
/// cores, or fills the queue with it: jobs of other names go past those that wait for their turn.
///
/// Who keeps five guesses at one name running has its owner refused meanwhile. That is for the limit on failed logins to end,
/// which comes before the pool.
///
/// ```
/// # use bartizan_password::{AccountId, Password, Pool, PoolConfig, Verdict};
/// # use std::{future::Future, pin::pin, task::{Context, Poll, Waker}};
/// # fn wait<F: Future>(future: F) -> F::Output {
/// #     let mut future = pin!(future);
/// #     loop {
/// #         match future.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
/// #             Poll::Ready(output) => return output,
/// #             Poll::Pending => std::thread::yield_now(),
/// #         }
/// #     }
/// # }
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let pool = Pool::start(PoolConfig::default())?;
/// let known = pool.account("ada@example.org").bound_to(&AccountId::new("4711")?);
/// let row = wait(known.hash(Password::new("correct horse battery".into())?, None))?;
/// let right = Password::new("correct horse battery".into())?;
/// assert!(matches!(wait(known.verify(right, Some(row), None))?, Verdict::Match { .. }));
///
/// // No such account: the same call, the same work, the same answer as a wrong password.
/// let unknown = pool.account("eve@example.org");
/// let guess = Password::new("correct horse battery".into())?;
/// assert!(matches!(wait(unknown.verify(guess, None, None))?, Verdict::Mismatch));
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct AccountPool {
    pool: Pool,
    who: Who,
}

impl Pool {
    /// For the account of this name, **as it was submitted**, before anything is looked up: in the form that the limit on
    /// failed logins counts, so that no other spelling gets a turn of its own. The name is not kept.
    pub fn account(&self, name: &str) -> AccountPool {
        AccountPool {
            pool: self.clone(),
            who: Who {
                turn: Some(self.handle.shared.turn(name)),
                id: None,
            },
        }
    }
}

impl Pool {
    /// For whoever it is: no turn, and bound to no account.
    pub(crate) fn anyone(&self) -> AccountPool {
        AccountPool {
            pool: self.clone(),
            who: Who::default(),
        }
    }
}

impl AccountPool {
    /// Jobs of one name that may wait, besides the one that is worked on. A person's browser sends one or two.
    pub const MAX_WAITING: usize = 4;

    /// Rows are bound to this account. A pool with peppers needs it for every row that it makes or checks, a pool without
    /// them does nothing with it.
    #[must_use]
    pub fn bound_to(mut self, id: &AccountId) -> Self {
        self.who.id = Some(*id);
        self
    }

    /// As [`Pool::hash`].
    ///
    /// # Errors
    ///
    /// [`Unavailable`]; on a pool with peppers also [`Unbound`](crate::UnavailableKind::Unbound).
    pub fn hash(
        &self,
        password: Password,
        deadline: Option<Instant>,
    ) -> impl Future<Output = Result<StoredHash, Unavailable>> + Send + 'static + use<> {
        self.pool.submit(password, self.who, deadline, Task::Hash)
    }

    /// As [`Pool::verify`].
    ///
    /// # Errors
    ///
    /// [`Unavailable`]; about the row's pepper, too.
    pub fn verify(
        &self,
        password: Password,
        stored: Option<StoredHash>,
        deadline: Option<Instant>,
    ) -> impl Future<Output = Result<Verdict, Unavailable>> + Send + 'static + use<> {
        let task = |reply| Task::Verify(stored, reply);
        self.pool.submit(password, self.who, deadline, task)
    }

    /// Checks a password against whatever the column holds: `None` for no such account, or for a column that cannot be read.
    /// An unusable row is answered like a wrong password.
    ///
    /// # Errors
    ///
    /// [`Unavailable`]; about the row's pepper, too.
    pub fn verify_column(
        &self,
        password: Password,
        column: Option<Column>,
        deadline: Option<Instant>,
    ) -> impl Future<Output = Result<Verdict, Unavailable>> + Send + 'static + use<> {
        let task = |reply| match column {
            None | Some(Column::Unusable) => Task::Verify(None, reply),
            Some(Column::Argon2id(stored)) => Task::Verify(Some(stored), reply),
            #[cfg(feature = "legacy")]
            Some(Column::Legacy(stored)) => Task::VerifyLegacy(Box::new(stored), reply),
        };
        self.pool.submit(password, self.who, deadline, task)
    }

    /// As [`Pool::verify_legacy`]. On a pool with peppers, a row that is not wrapped and masked needs
    /// `Peppers::accept_unpeppered`.
    ///
    /// # Errors
    ///
    /// [`Unavailable`]; about the row's pepper, too.
    #[cfg(feature = "legacy")]
    pub fn verify_legacy(
        &self,
        password: Password,
        stored: LegacyHash,
        deadline: Option<Instant>,
    ) -> impl Future<Output = Result<Verdict, Unavailable>> + Send + 'static + use<> {
        let stored = Box::new(stored);
        let task = |reply| Task::VerifyLegacy(stored, reply);
        self.pool.submit(password, self.who, deadline, task)
    }

    /// As [`Pool::wrap`]; on a pool with peppers the wrapped row is masked.
    ///
    /// # Errors
    ///
    /// [`Unavailable`]; on a pool with peppers also [`Unbound`](crate::UnavailableKind::Unbound).
    #[cfg(feature = "legacy")]
    pub fn wrap(
        &self,
        weak: Wrappable,
        deadline: Option<Instant>,
    ) -> impl Future<Output = Result<Wrapped, Unavailable>> + Send + 'static + use<> {
        let weak = Box::new(weak.0);
        let task = |reply| Task::Wrap(weak, reply);
        self.pool.submit(Password::none(), self.who, deadline, task)
    }
}

impl fmt::Debug for AccountPool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AccountPool")
            .field("pool", &self.pool)
            .field("bound_to", &self.who.id)
            .finish()
    }
}
