//! Argon2 of other kinds, versions and costs than our own.

use ::argon2::{Algorithm, Argon2, Block, Params, Version};
use zeroize::Zeroize;

use super::{
    LegacyCeilings, Scheme, Setting, TooLarge,
    ceilings::within,
    encoding::base64,
    read::{Read, finish, malformed, number},
};
use crate::{Ceilings, Cost, StoredHashError};

pub(super) fn parse(text: &str, ceilings: &LegacyCeilings) -> Option<Read> {
    let (name, rest) = text.strip_prefix("$argon2")?.split_once('$')?;
    let scheme = match name {
        "i" => Scheme::Argon2i,
        "d" => Scheme::Argon2d,
        "id" => Scheme::Argon2id,
        _ => return None,
    };
    Some(read(scheme, rest, ceilings))
}

/// `v=19$m=102400,t=2,p=8$salt$tag`; without a version it is the first, 16.
fn read(scheme: Scheme, rest: &str, ceilings: &LegacyCeilings) -> Read {
    let mut parts = rest.split('$').peekable();
    let version = match parts.next_if(|part| part.starts_with("v=")) {
        None | Some("v=16") => 16,
        Some("v=19") => 19,
        Some(_) => return Err(StoredHashError::UnknownVersion),
    };
    let (Some(cost), Some(salt), Some(tag), None) =
        (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return Err(malformed("number of parts"));
    };
    let mut costs = [0; 3];
    let mut fields = cost.split(',');
    for (cost, name) in costs.iter_mut().zip(["m=", "t=", "p="]) {
        let field = fields.next().and_then(|field| field.strip_prefix(name));
        *cost = number(field.ok_or(malformed("cost"))?)?;
    }
    if fields.next().is_some() {
        return Err(malformed("cost"));
    }
    let [memory_kib, passes, lanes] = costs;
    let costs = [memory_kib, passes, lanes, version];
    check(costs, ceilings)?;
    let salt = base64(salt).ok_or(malformed("salt"))?;
    let tag = base64(tag).ok_or(malformed("tag"))?;
    if !Ceilings::SALT_BYTES.contains(&salt.len()) {
        return Err(StoredHashError::Length {
            part: "salt",
            bytes: salt.len(),
        });
    }
    finish(scheme, costs, &salt, &tag)
}

pub(super) fn check(
    [memory_kib, passes, lanes, _]: [u32; 4],
    ceilings: &LegacyCeilings,
) -> Result<(), StoredHashError> {
    let most = ceilings.argon2;
    within("memory in KiB", memory_kib.into(), most.memory_kib)?;
    within("passes", passes.into(), most.passes)?;
    within("lanes", lanes.into(), most.lanes)?;
    Cost::new(memory_kib, passes, lanes).map_err(|_| malformed("cost"))?;
    Ok(())
}

/// In memory of its own, wiped and given back: an arena of the workers has the policy's size.
pub(super) fn digest(setting: &Setting, password: &[u8], out: &mut [u8]) -> Result<(), TooLarge> {
    let [memory_kib, passes, lanes, version] = setting.costs;
    let algorithm = match setting.scheme {
        Scheme::Argon2i => Algorithm::Argon2i,
        Scheme::Argon2d => Algorithm::Argon2d,
        _ => Algorithm::Argon2id,
    };
    let version = match version {
        16 => Version::V0x10,
        _ => Version::V0x13,
    };
    let params = Params::new(memory_kib, passes, lanes, Some(out.len())).map_err(|_| TooLarge)?;
    let count = params.block_count();
    let mut blocks = Vec::new();
    blocks.try_reserve_exact(count).map_err(|_| TooLarge)?;
    blocks.resize(count, Block::new());
    let done = Argon2::new(algorithm, version, params).hash_password_into_with_memory(
        password,
        &setting.salt,
        out,
        &mut blocks[..],
    );
    blocks.iter_mut().for_each(Zeroize::zeroize);
    done.map_err(|_| TooLarge)
}
