use argon2::{Algorithm, Argon2, Block, Params, Version};
use zeroize::Zeroize;

use crate::Cost;

/// The memory of one worker: blocks of 1 KiB, made once and used for every hash.
pub(crate) struct Arena {
    /// As many as the policy needs, and never moved: a move would leave an unwiped copy behind.
    blocks: Vec<Block>,
    /// Blocks from the start that a hash has written since the last wipe.
    written: usize,
    /// KiB filled in all hashes, for the tests that compare what checks cost.
    #[cfg(test)]
    pub(crate) work: u64,
}

/// What goes into one hash.
pub(crate) struct Input<'a> {
    pub(crate) password: &'a [u8],
    pub(crate) salt: &'a [u8],
    /// RFC 9106's `K`: empty until a pepper is configured.
    pub(crate) secret: &'a [u8],
    /// RFC 9106's `X`.
    pub(crate) associated_data: &'a [u8],
}

/// There is no memory for a cost above the policy's, or the library refused the input.
#[derive(Debug)]
pub(crate) struct ArenaError;

impl Arena {
    /// Memory for `cost`, touched here, so that no login pays for the page faults.
    pub(crate) fn new(cost: Cost) -> Self {
        Self {
            blocks: vec![Block::new(); blocks(cost)],
            written: 0,
            #[cfg(test)]
            work: 0,
        }
    }

    /// Fills `out` with the Argon2id tag of its length.
    pub(crate) fn hash(
        &mut self,
        cost: Cost,
        input: &Input<'_>,
        out: &mut [u8],
    ) -> Result<(), ArenaError> {
        let data = argon2::AssociatedData::new(input.associated_data).map_err(|_| ArenaError)?;
        let params = argon2::ParamsBuilder::new()
            .m_cost(cost.memory_kib)
            .t_cost(cost.passes)
            .p_cost(cost.lanes)
            .data(data)
            .output_len(out.len())
            .build()
            .map_err(|_| ArenaError)?;
        let argon2 =
            Argon2::new_with_secret(input.secret, Algorithm::Argon2id, Version::V0x13, params)
                .map_err(|_| ArenaError)?;
        #[cfg(test)]
        {
            self.work += cost.work();
        }
        let count = blocks(cost);
        if count > self.blocks.len() {
            return once(&argon2, count, input, out);
        }
        self.written = self.written.max(count);
        argon2
            .hash_password_into_with_memory(
                input.password,
                input.salt,
                out,
                &mut self.blocks[..count],
            )
            .map_err(|_| ArenaError)
    }

    /// Overwrites all that a hash has written: see the crate's page for what an unwiped arena gives away.
    pub(crate) fn wipe(&mut self) {
        self.blocks[..self.written]
            .iter_mut()
            .for_each(Zeroize::zeroize);
        self.written = 0;
    }

    /// The blocks as 64-bit words, for the tests that attack them.
    #[cfg(test)]
    pub(crate) fn words(&self) -> Vec<[u64; 128]> {
        let words = |block: &Block| -> [u64; 128] { block.as_ref().try_into().unwrap() };
        self.blocks.iter().map(words).collect()
    }
}

/// A hash above the policy's cost, in memory of its own that is wiped and given back.
fn once(
    argon2: &Argon2<'_>,
    count: usize,
    input: &Input<'_>,
    out: &mut [u8],
) -> Result<(), ArenaError> {
    let mut blocks = Vec::new();
    blocks.try_reserve_exact(count).map_err(|_| ArenaError)?;
    blocks.resize(count, Block::new());
    let done =
        argon2.hash_password_into_with_memory(input.password, input.salt, out, &mut blocks[..]);
    blocks.iter_mut().for_each(Zeroize::zeroize);
    done.map_err(|_| ArenaError)
}

impl Drop for Arena {
    fn drop(&mut self) {
        self.wipe();
    }
}

/// RFC 9106 section 3.2, step 2: a multiple of four times the lanes, rounded down.
fn blocks(cost: Cost) -> usize {
    match Params::new(cost.memory_kib, cost.passes, cost.lanes, None) {
        Ok(params) => params.block_count(),
        // `Cost::new` has refused what the library refuses.
        Err(_) => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_above_the_policy_is_given_back_after_the_job() {
        let small = Cost::new(64, 1, 1).unwrap();
        let large = Cost::new(256, 1, 1).unwrap();
        let mut arena = Arena::new(small);
        let input = Input {
            password: b"p",
            salt: &[1; 16],
            secret: &[],
            associated_data: &[],
        };
        arena.hash(large, &input, &mut [0; 32]).unwrap();
        assert_eq!((arena.blocks.capacity(), arena.written), (64, 0));
        arena.wipe();
        assert!(arena.words().iter().flatten().all(|word| *word == 0));
    }
}
