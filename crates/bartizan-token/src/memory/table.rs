use std::{
    collections::{BTreeMap, HashMap},
    hash::Hash,
};

use crate::store::AccountId;

type Place = (AccountId, u64);

/// Rows in order of account and number, each found by a key too.
pub(super) struct Table<K, R> {
    rows: BTreeMap<Place, (K, R)>,
    places: HashMap<K, Place>,
}

impl<K, R> Default for Table<K, R> {
    fn default() -> Self {
        Self {
            rows: BTreeMap::new(),
            places: HashMap::new(),
        }
    }
}

impl<K: Copy + Eq + Hash, R> Table<K, R> {
    /// In place of the row that stood there, and of one with the same key: each key finds one row.
    pub(super) fn put(&mut self, account: AccountId, number: u64, key: K, row: R) {
        self.remove(account, number);
        self.take(&key);
        self.places.insert(key, (account, number));
        self.rows.insert((account, number), (key, row));
    }

    pub(super) fn find(&self, key: &K) -> Option<&R> {
        let (_, row) = self.rows.get(self.places.get(key)?)?;
        Some(row)
    }

    pub(super) fn find_mut(&mut self, key: &K) -> Option<&mut R> {
        let (_, row) = self.rows.get_mut(self.places.get(key)?)?;
        Some(row)
    }

    pub(super) fn at_mut(&mut self, account: AccountId, number: u64) -> Option<&mut R> {
        let (_, row) = self.rows.get_mut(&(account, number))?;
        Some(row)
    }

    /// Oldest first.
    pub(super) fn of(&self, account: AccountId) -> impl DoubleEndedIterator<Item = &R> {
        let rows = self.rows.range((account, 0)..=(account, u64::MAX));
        rows.map(|(_, (_, row))| row)
    }

    pub(super) fn remove(&mut self, account: AccountId, number: u64) -> Option<R> {
        let (key, row) = self.rows.remove(&(account, number))?;
        self.places.remove(&key);
        Some(row)
    }

    pub(super) fn take(&mut self, key: &K) -> Option<R> {
        let (account, number) = self.places.get(key).copied()?;
        self.remove(account, number)
    }

    /// Gives a row another key.
    pub(super) fn rekey(&mut self, account: AccountId, number: u64, new: K) {
        if let Some((key, _)) = self.rows.get_mut(&(account, number)) {
            self.places.remove(key);
            *key = new;
            self.places.insert(new, (account, number));
        }
    }

    /// Removes the account's rows that `keep` does not want; how many.
    pub(super) fn retain_of(
        &mut self,
        account: AccountId,
        mut keep: impl FnMut(&R) -> bool,
    ) -> usize {
        let rows = self.rows.range((account, 0)..=(account, u64::MAX));
        let gone: Vec<u64> = rows
            .filter(|(_, (_, row))| !keep(row))
            .map(|((_, number), _)| *number)
            .collect();
        for number in &gone {
            self.remove(account, *number);
        }
        gone.len()
    }

    /// Removes the account's oldest rows beyond `max`, and returns them.
    pub(super) fn shorten(&mut self, account: AccountId, max: usize) -> Vec<R> {
        let rows = self.rows.range((account, 0)..=(account, u64::MAX));
        let numbers: Vec<u64> = rows.map(|((_, number), _)| *number).collect();
        let surplus = numbers.len().saturating_sub(max);
        let gone = numbers[..surplus].iter();
        gone.filter_map(|number| self.remove(account, *number))
            .collect()
    }

    /// Removes the rows that `keep` does not want; how many.
    pub(super) fn retain(&mut self, mut keep: impl FnMut(&R) -> bool) -> usize {
        let before = self.rows.len();
        let places = &mut self.places;
        self.rows.retain(|_, (key, row)| {
            let kept = keep(row);
            if !kept {
                places.remove(key);
            }
            kept
        });
        before - self.rows.len()
    }
}
