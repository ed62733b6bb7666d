# the modules ordinary programs import are all there and say nothing when they are imported
import abc, argparse, array, ast, asyncio, base64, bdb, bisect, bz2, calendar, cmath, cmd, codecs, collections, colorsys
import concurrent.futures, configparser, contextlib, contextvars, copy, csv, ctypes, dataclasses, datetime, dbm, decimal, difflib
import dis, doctest, email, encodings, enum, errno, fcntl, filecmp, fnmatch, fractions, ftplib, functools, getopt, getpass, gettext
import glob, graphlib, grp, gzip, hashlib, heapq, hmac, html, http.client, http.server, imaplib, importlib, inspect, io, ipaddress
import itertools, json, keyword, linecache, locale, logging, lzma, mailbox, math, mimetypes, mmap, multiprocessing, netrc, numbers
import operator, os, pathlib, pdb, pickle, pkgutil, platform, plistlib, poplib, posix, pprint, profile, pstats, pty, pwd, py_compile
import pyclbr, queue, quopri, random, re, reprlib, resource, runpy, sched, secrets, select, selectors, shelve, shlex, shutil, signal
import site, smtplib, socket, socketserver, sqlite3, ssl, stat, statistics, string, stringprep, struct, subprocess, symtable, sysconfig
import syslog, tabnanny, tarfile, tempfile, termios, textwrap, threading, timeit, token, tokenize, trace, traceback, tracemalloc, tty, types
import typing, unicodedata, unittest.mock, urllib.request, uuid, venv, warnings, wave, weakref, webbrowser, wsgiref.simple_server
import xml.etree.ElementTree, xmlrpc.client, zipapp, zipfile, zipimport, zlib, zoneinfo
print(len([m for m in globals().values() if type(m).__name__ == "module"]))
