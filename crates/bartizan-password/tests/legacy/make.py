#!/usr/bin/env python3
"""Writes golden.tsv beside it: scheme, password, stored text, program. Run once; the file is committed.

Needs PyPI passlib 1.7.4, bcrypt 4.0.1, argon2-cffi 25.1.0, Django 5.2; npm @phc/pbkdf2, firebase-scrypt, aspnet-identity-pw,
aspnetcore-identity-password-hasher (all with --ignore-scripts); Debian openssl, whois, slapd, slapd-contrib, php-cli.
The environment variable NODE_PATH names the folder of the npm packages.
"""

import os
import subprocess
import sys
import warnings

warnings.simplefilter("ignore")
import argon2
import bcrypt
import django
from django.conf import settings
from passlib import hash as p

settings.configure()
import django.contrib.auth.hashers as h

HERE = os.path.dirname(os.path.abspath(__file__))
OUT = []
WORDS = ["correct horse", "pässwörd ☃ £", "x" * 80, "ü" * 36, "ab"]


def add(scheme, word, text, program):
    text = text.decode() if isinstance(text, bytes) else text
    OUT.append("\t".join([scheme, word, text.strip(), program]))


def run(*command, stdin=None):
    return subprocess.run(command, input=stdin, capture_output=True, text=True, check=True).stdout.strip()


def php(code, *words):
    return run("php", "-r", code, "--", *words)


def node(code, *words):
    return run("node", "-e", code, *words)


PASSLIB = "passlib 1.7.4"
DJANGO = "Django " + django.__version__
PHP = "php " + php("echo PHP_VERSION;")
OPENSSL = " ".join(run("openssl", "version").split()[:2])
for word in WORDS:
    raw = word.encode()
    add("Bcrypt", word, bcrypt.hashpw(raw, bcrypt.gensalt(4, b"2b")), "bcrypt 4.0.1")
    add("Bcrypt", word, bcrypt.hashpw(raw, bcrypt.gensalt(5, b"2a")), "bcrypt 4.0.1")
    add("Bcrypt", word, php("echo password_hash($argv[1], PASSWORD_BCRYPT, ['cost' => 4]);", word), PHP)
    add("BcryptX", word, php("echo crypt($argv[1], '$2x$04$abcdefghijklmnopqrstuu');", word), PHP)
    add("Bcrypt", word, php("echo crypt($argv[1], '$2a$04$ABCDEFGHIJKLMNOPQRSTUV');", word), PHP)
    add("Bcrypt", word, run("mkpasswd", "-m", "bcrypt-a", "-R", "4", word), "mkpasswd 5.5.17")
    add("PasslibBcryptSha256", word, p.bcrypt_sha256.using(rounds=4).hash(word), PASSLIB)
    # WordPress 6.8, wp_hash_password() in wp-includes/pluggable.php, with cost 4.
    add("WordPress", word, php("""echo '$wp' . password_hash(base64_encode(hash_hmac('sha384', trim($argv[1]), 'wp-sha384',
        true)), PASSWORD_BCRYPT, ['cost' => 4]);""", word), PHP)
    add("Scrypt", word, p.scrypt.using(rounds=6, block_size=8, parallelism=2).hash(word), PASSLIB)
    add("Scrypt", word, run("mkpasswd", "-m", "scrypt", "-S", "$7$46..../....saltsalt", word), "mkpasswd 5.5.17")
    add("Scrypt", word, p.scrypt.using(ident="$7$", rounds=5).hash(word), PASSLIB)
    for name, scheme in [("pbkdf2_sha1", "Pbkdf2Sha1"), ("pbkdf2_sha256", "Pbkdf2Sha256"), ("pbkdf2_sha512", "Pbkdf2Sha512")]:
        add(scheme, word, getattr(p, name).using(rounds=100).hash(word), PASSLIB)
    for name in ["sha1", "sha256", "sha512"]:
        code = """require('@phc/pbkdf2').hash(process.argv[1], {iterations: 50, saltSize: 16, digest: '%s'})
            .then(text => console.log(text))""" % name
        add("Pbkdf2" + name.capitalize(), word, node(code, word), "@phc/pbkdf2 1.1.14")
    for kind, scheme in [("I", "Argon2i"), ("D", "Argon2d"), ("ID", "Argon2id")]:
        for version in [19, 16]:
            text = argon2.low_level.hash_secret(raw, b"somesalt12345678", 2, 128, 4, 32,
                getattr(argon2.Type, kind), version)
            add(scheme, word, text, "argon2-cffi 25.1.0")
    add("Phpass", word, p.phpass.using(rounds=8).hash(word), PASSLIB)
    add("Phpass", word, p.phpass.using(rounds=9, ident="H").hash(word), PASSLIB)
    for flag, scheme in [("-1", "Md5Crypt"), ("-apr1", "Apr1Crypt"), ("-5", "Sha256Crypt"), ("-6", "Sha512Crypt")]:
        add(scheme, word, run("openssl", "passwd", flag, "-stdin", stdin=word), OPENSSL)
    for method, scheme in [("md5crypt", "Md5Crypt"), ("sha256crypt", "Sha256Crypt"), ("sha512crypt", "Sha512Crypt")]:
        rounds = [] if method == "md5crypt" else ["-R", "1234"]
        add(scheme, word, run("mkpasswd", "-m", method, *rounds, word), "mkpasswd 5.5.17")
    add("Sha256Crypt", word, p.sha256_crypt.using(rounds=1000, salt="short").hash(word), PASSLIB)
    add("Sha512Crypt", word, p.sha512_crypt.using(rounds=5000).hash(word), PASSLIB)

    def with_cost(name, **cost):
        hasher = h.get_hasher(name) if name in ("pbkdf2_sha256", "argon2") else getattr(h, name)()
        for field, value in cost.items():
            setattr(hasher, field, value)
        return hasher

    add("DjangoBcryptSha256", word, h.BCryptSHA256PasswordHasher().encode(word, bcrypt.gensalt(4)), DJANGO)
    add("Bcrypt", word, h.BCryptPasswordHasher().encode(word, bcrypt.gensalt(4)), DJANGO)
    add("Pbkdf2Sha256", word, h.PBKDF2PasswordHasher().encode(word, "saltForDjango", 120), DJANGO)
    add("Pbkdf2Sha1", word, h.PBKDF2SHA1PasswordHasher().encode(word, "saltForDjango", 120), DJANGO)
    add("Scrypt", word, h.ScryptPasswordHasher().encode(word, "saltForDjango", n=64, r=8, p=1), DJANGO)
    add("Argon2id", word, with_cost("argon2", time_cost=1, memory_cost=256, parallelism=8).encode(word, "saltForDjango"), DJANGO)
    add("DjangoMd5", word, h.MD5PasswordHasher().encode(word, "saltForDjango"), DJANGO)
    add("DjangoSha1", word, p.django_salted_sha1.using(salt="saltForDjango").hash(word), PASSLIB)
    add("DjangoMd5", word, p.django_salted_md5.using(salt="saltForDjango").hash(word), PASSLIB)

    add("Pbkdf2Sha1", word, node("require('aspnet-identity-pw');console.log(require('aspnet-identity-pw').hashPassword(process.argv[1]))", word), "aspnet-identity-pw 1.0.2")
    add("Pbkdf2Sha256", word, node("require('aspnetcore-identity-password-hasher').hash(process.argv[1]).then(t => console.log(t))", word), "aspnetcore-identity-password-hasher 1.0.1")
    code = """const {FirebaseScrypt} = require('firebase-scrypt');
        new FirebaseScrypt({memCost: 6, rounds: 8, saltSeparator: 'Bw==',
        signerKey: 'jxspr8Ki0RYycVU8zykbdLGjFQ3McFUH0uiiTvC8pVMXAn210wjLNmdZJzxUECKbm0QsEmYUSDzZvpjeJ9WmXA=='})
        .hash(process.argv[1], '42xEC+ixf3L2lw==').then(t => console.log(t))"""
    add("Firebase", word, "42xEC+ixf3L2lw== " + node(code, word), "firebase-scrypt 2.2.0")
    add("Ssha1", word, run("slappasswd", "-h", "{SSHA}", "-s", word), "slappasswd 2.5.13")
    for name, scheme in [("SSHA256", "Ssha256"), ("SSHA512", "Ssha512")]:
        add(scheme, word, run("slappasswd", "-o", "module-path=/usr/lib/ldap", "-o", "module-load=pw-sha2",
            "-h", "{%s}" % name, "-s", word), "slappasswd 2.5.13")
        add(scheme, word, getattr(p, "ldap_salted_" + name[1:].lower()).hash(word), PASSLIB)
    add("Pbkdf2Sha512", word, run("slappasswd", "-o", "module-path=/usr/lib/ldap", "-o", "module-load=pw-pbkdf2",
        "-h", "{PBKDF2-SHA512}", "-s", word), "slappasswd 2.5.13")
    add("Sha512Crypt", word, p.ldap_sha512_crypt.using(rounds=1000).hash(word), PASSLIB)
with open(os.path.join(HERE, "golden.tsv"), "w") as file:
    file.write("# scheme, password, stored text, program: written by make.py\n" + "\n".join(OUT) + "\n")
print(len(OUT), "rows")
