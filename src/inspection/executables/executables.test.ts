import { describe, expect, test } from 'vitest';
import { Problem } from '../../contract/problems/problem.ts';
import { type RejectionReason, rejectionReasons } from '../../contract/problems/rejection-reasons.ts';
import { readFileHead } from '../file-head.ts';
import { inspect } from '../inspect.ts';
import { zip } from '../testing/samples.ts';
import { refuseExecutable } from './executables.ts';

const bytes = (latin1: string) => Buffer.from(latin1, 'latin1');
const padded = (latin1: string, size = 600) => Buffer.concat([bytes(latin1), Buffer.alloc(size)]);

function refusal(name: string, head: Uint8Array): string | undefined {
  try {
    refuseExecutable(name, readFileHead(head));
    return undefined;
  } catch (error) {
    if (error instanceof Problem && error.code === 'executable-refused') return error.message;
    throw error;
  }
}

/** A compound file whose root directory entry, in sector `sector`, carries a class id. */
function compoundFile(classId: string, sector = 1): Buffer {
  const file = Buffer.alloc(512 * (sector + 2));
  file.write('d0cf11e0a1b11ae1', 0, 'hex');
  file.writeUInt16LE(9, 30);
  file.writeUInt32LE(sector, 48);
  file.write(classId, 512 * (sector + 1) + 80, 'hex');
  return file;
}

const installer = '84100c0000000000c000000000000046';
const wordDocument = '0609020000000000c000000000000046';

/** A DOS header of 64 bytes that points to a new header, and bytes behind it. */
function windowsProgram(fields: string, offset: number, behind: string): Buffer {
  const header = Buffer.alloc(64);
  header.write(`MZ${fields}`, 'latin1');
  header.writeUInt32LE(offset, 60);
  return Buffer.concat([header, bytes(behind)]);
}

const dosFields = '\x90\0\x03\0\0\0\x04\0\0\0\xff\xff';
const dosStub = '\x0e\x1f\xba\x0e\0\xb4\x09\xcd\x21\xb8\x01\x4c\xcd\x21This program cannot be run in DOS mode.\r\r\n$';

const programs: Record<string, Uint8Array> = {
  'a Windows program': windowsProgram(dosFields, 64, 'PE\0\0'),
  'a Windows program in a shell script': windowsProgram("qFpD='\n", 79, `BIN'\n${'\0'.repeat(10)}PE\0\0`),
  'a Windows program that begins beyond the head': Buffer.concat([
    windowsProgram('qFpD', 70_000, ''),
    Buffer.alloc(70_000),
  ]),
  'a Windows 3 program': windowsProgram(dosFields, 64, 'NE\x05\x0a'),
  'a DOS program': windowsProgram(dosFields, 0, ''),
  'a DOS program cut short': bytes('MZ\x90\0\x03\0\0\0'),
  'a DOS program of zeros': padded('MZ', 62),
  'the code of a DOS stub': padded(dosStub, 7),
  'an ELF program': padded('\x7fELF\x02\x01\x01'),
  'a 32-bit big-endian Mach-O': padded('\xfe\xed\xfa\xce'),
  'a 64-bit big-endian Mach-O': padded('\xfe\xed\xfa\xcf'),
  'a 32-bit little-endian Mach-O': padded('\xce\xfa\xed\xfe'),
  'a 64-bit little-endian Mach-O': padded('\xcf\xfa\xed\xfe'),
  'a fat Mach-O': padded('\xca\xfe\xba\xbe\0\0\0\x02'),
  'a fat 64-bit Mach-O': padded('\xca\xfe\xba\xbf\0\0\0\x02'),
  'a fat little-endian Mach-O': padded('\xbe\xba\xfe\xca'),
  'a Java class': padded('\xca\xfe\xba\xbe\0\0\0\x41'),
  'a dex': padded('dex\n035\0'),
  'a compact dex': padded('cdex001\0'),
  'a PowerPC program': padded('Joy!peffpwpc'),
  'a compiled AppleScript': padded('FasdUAS 1.101.10\x0e'),
  'a WebAssembly module': padded('\0asm\x01\0\0\0'),
  'a Windows shortcut': padded('L\0\0\0\x01\x14\x02\0\0\0\0\0\xc0\0\0\0\0\0\0\x46'),
  'a macOS alias': padded('book\0\0\0\0mark\0\0\0\0'),
  'a Debian package': bytes('!<arch>\ndebian-binary   1668000000  0     0     100644  4         `\n'),
  'an RPM package': padded('\xed\xab\xee\xdb\x03'),
  'a Flash film': padded('CWS\x0a'),
  'a Flash film, packed otherwise': padded('ZWS\x0d'),
  'a browser extension': padded('Cr24\x03\0\0\0'),
  'a macOS package': padded('xar!\0\x1c\0\x01'),
  'a Windows help file': padded('ITSF\x03\0\0\0'),
  'compiled Lua': padded('\x1bLuaT'),
  'compiled Python 3.8': padded('\x55\x0d\x0d\x0a'),
  'compiled Python 3.14': padded('\x2b\x0e\x0d\x0a'),
  'compiled Python 2.7': padded('\x03\xf3\x0d\x0a'),
  'LLVM bitcode': padded('BC\xc0\xde'),
  'an encoded VBScript': bytes('#@~^XQAAAA==,'),
  'a Windows installer': compoundFile(installer),
  'a Windows patch': compoundFile(installer.replace(/^84/, '86'), 7),
  'an internet shortcut': bytes('[InternetShortcut]\r\nURL=https://example.org/\r\n'),
  'an internet shortcut after a remark': bytes(
    '; saved\r\n\r\n[InternetShortcut]\r\nIconIndex=0\r\nURL=file:///c:/a\r\n',
  ),
  'an internet shortcut in UTF-16': Buffer.from('\uFEFF[InternetShortcut]\r\nURL=https://example.org/\r\n', 'utf16le'),
  'a Linux starter': bytes('# x\n[Desktop Entry]\nType=Application\nExec=sh -c id\n'),
  'setup information': bytes('; x\n[Version]\nSignature="$CHICAGO$"\n'),
  'an autorun': bytes('[autorun]\r\nopen=setup\r\n'),
  'a remote desktop': bytes('screen mode id:i:2\r\nfull address:s:example.org\r\n'),
  'a ClickOnce reference': Buffer.from(
    '\uFEFFhttp://example.org/a.application#a.app, Version=1.0.0.0, Culture=neutral, PublicKeyToken=0, processorArchitecture=msil\r\n',
    'utf16le',
  ),
  'a Windows library': bytes(
    '<?xml version="1.0"?>\n<libraryDescription xmlns="http://schemas.microsoft.com/windows/2009/library">',
  ),
  'a search connector': bytes(
    '<searchConnectorDescription xmlns="http://schemas.microsoft.com/windows/2009/searchConnector">',
  ),
  'a saved search': bytes('<?xml version="1.0"?><persistedQuery version="1.0"><viewInfo/><query/></persistedQuery>'),
  'a settings page': bytes('<?xml version="1.0"?><PCSettings><SearchableContent xmlns="x"><DeepLink>cmd</DeepLink>'),
  'a macOS address': bytes(
    '<?xml version="1.0"?><plist version="1.0"><dict><key>URL</key><string>https://a</string></dict></plist>',
  ),
  'a disc': Buffer.concat([Buffer.alloc(32_769), bytes('CD001\x01'), Buffer.alloc(4000)]),
  'a disc of UDF': Buffer.concat([Buffer.alloc(32_769), bytes('BEA01\x01'), Buffer.alloc(2042), bytes('NSR02\x01')]),
  'a virtual disk': padded('vhdxfile'),
  'a growing virtual disk of old': padded('conectix\0\0\0\x02'),
  'a virtual disk of old': Buffer.concat([Buffer.alloc(1024, 1), padded('conectix\0\0\0\x02', 500)]),
  'a macOS disk image': Buffer.concat([Buffer.alloc(1024, 1), padded('koly\0\0\0\x04\0\0\x02\0', 500)]),
  'a shell script': bytes('#!/bin/sh\necho hi\n'),
  'a shell script with a space': bytes('#! /bin/bash -e\n'),
  'a shell script on one line': bytes('#!/bin/sh'),
  'a shell script with CRLF': bytes('#!/bin/sh\r\n'),
  'a shell script by env': bytes('#!/usr/bin/env zsh\n'),
  'a shell script by env -S': bytes('#!/usr/bin/env -S LANG=C bash -e\n'),
  'a shell script by env -S, joined': bytes('#!/usr/bin/env -Sbash\n'),
  'a shell script of another place': bytes('#!/data/com.termux/usr/bin/bash-5.2\n'),
  'a PowerShell script': bytes('#!/usr/bin/env pwsh\n'),
  'a fish script': bytes('#!/usr/bin/fish\n'),
  'a C shell script': bytes('#!/bin/tcsh -f\n'),
  'a Korn shell script': bytes('#!/bin/ksh93\n'),
  'a busybox script': bytes('#!/bin/busybox sh\n'),
  'a shell script with a mark': bytes('\xef\xbb\xbf#!/bin/sh\n'),
  'a shell script with a load of bytes': Buffer.concat([bytes('#!/bin/sh\nexit\n'), Buffer.alloc(99, 200)]),
  'a batch file': bytes('@echo off\r\ndel *.*\r\n'),
  'a batch file in capitals': bytes('\r\n  @ECHO OFF & cls\r\n'),
  'a batch file with more on its line': bytes('@echo off&&setlocal\r\n'),
  'a batch file after remarks': bytes('rem hello\r\n:: there\r\n@echo off\r\n'),
  'registry settings': bytes('REGEDIT4\r\n\r\n[HKEY_CURRENT_USER\\x]\r\n'),
  'registry settings in UTF-16': Buffer.from('\uFEFFWindows Registry Editor Version 5.00\r\n', 'utf16le'),
};

describe('content', () => {
  describe.each(Object.entries(programs))('%s', (_, head) => {
    test.each(['photo.png', 'notes.txt', 'noextension', 'a.pdf', 'a.py'])('is refused under the name %s', (name) =>
      expect(refusal(name, head)).toMatch(/^That is .*nothing was kept\.$/),
    );
  });

  const harmless: Record<string, Uint8Array> = {
    'a Python script': bytes('#!/usr/bin/env python3\nprint(1)\n'),
    'a Node script': bytes('#!/usr/bin/env -S node --test\n'),
    'a Ruby script': bytes('#!/usr/bin/ruby\n'),
    'a Perl script': bytes('#!/usr/bin/perl -w\n'),
    'a Python script that is named after a shell': bytes('#!/usr/bin/env python3 sh\n'),
    'text about a shell script': bytes('Start with\n#!/bin/sh\n'),
    'text about batch files': bytes('First line: @echo off\n'),
    'text that mentions @echo off later': bytes('hello\n@echo off\n'),
    'a list of countries': bytes('MZ,Mozambique\nZM,Zambia\n'),
    'a name that begins with MZ': bytes('MZansi is the South.\n'),
    'a table that begins with MZ': bytes('MZNR;Name\n1;Anna\n'),
    'a long text that begins with MZ': Buffer.alloc(70_000, 'MZansi\n'),
    'a Latin-1 text that begins with MZ': bytes('MZ \xfcber Europa\n'),
    'two letters': bytes('MZ'),
    'noise that begins with MZ': bytes(`MZ${'\xfe\x9c\x03\x81\0'.repeat(20)}`),
    'the letters of a conference': bytes('CWS 2020\n'),
    'a name that begins with FWS': bytes('FWS4 is a road.\n'),
    'a text that begins with Cr24': bytes('Cr24 is chromium.\n'),
    'text about internet shortcuts': bytes('[InternetShortcut]\nis the first line of such a file.\n'),
    'settings of a program': bytes('[Version]\nSignature=1\nURL=https://example.org\n'),
    'a list of addresses': bytes('https://example.org/#a\nhttps://example.org/#b\n'),
    'a property list': bytes(
      '<?xml version="1.0"?><plist version="1.0"><dict><key>Name</key><string>a</string></dict></plist>',
    ),
    'text of blank lines': Buffer.alloc(9000, '\n'),
    'a text that begins with dex': bytes('dex\n0 strength\n'),
    'a text that begins with ITSF': bytes('ITSF is a society.\n'),
    'a text that begins with an encoded mark': bytes('#@~^ means a curse\n'),
    'prose that begins like a batch file': bytes('@echo off the record\n'),
    'prose that begins like a shell script': bytes('#!/bin/sh is the first line of a script.\n'),
    'prose that begins like a script by env': bytes('#!/usr/bin/env bash is better.\n'),
    'prose that begins like registry settings': bytes('REGEDIT4 was a format.\n'),
    'prose below a line of registry settings': bytes('REGEDIT4\n\nThat was a format.\n'),
    'a text that has koly near its end': bytes(`koly${'.'.repeat(508)}`),
    'text that begins with a bitcode mark': bytes('BCE or CE?\n'),
    'text with odd line ends': bytes('U\r\r\nVV\r\r\n'),
    'a Word document': compoundFile(wordDocument),
    'a compound file that points nowhere': compoundFile(installer, 3).subarray(0, 600),
    nothing: bytes(''),
    zeros: Buffer.alloc(65_536),
  };
  test.each(Object.entries(harmless))('%s passes', async (_, head) => {
    for (const name of ['notes.txt', 'notes.md', 'noextension', 'photo.png']) {
      expect(refusal(name, head)).toBeUndefined();
      if (head.length > 0) expect(await inspect({ name, head })).toMatchObject({ name });
    }
  });
});

describe('names', () => {
  const everyProgram =
    'exe com scr bat cmd pif msi msp vbs vbe jse wsf wsh hta ps1 psm1 lnk reg jar apk dex dll so dylib sys drv cpl sh ' +
    'bash zsh ksh app deb rpm appimage run elf dmg pkg crx swf wasm pyc class docm xlsm pptm xlam EXE Bat';
  const everyLauncher =
    'url website webloc fileloc inetloc library-ms search-ms settingcontent-ms inf iso img vhd vhdx one rdp mht mhtml ' +
    'slk iqy xlsb diagcab appinstaller mobileconfig terminal accde theme Search-MS';
  test.each(`${everyProgram} ${everyLauncher}`.split(' '))('a.%s is rejected', (extension) => {
    expect(refusal(`a.${extension}`, bytes('hello'))).toMatch(/programs?\. We don't pass/);
  });

  const tricks = [
    ...['a.exe.', 'a.exe ', 'a.exe. .', 'a.EXE', 'a.exe::$DATA', 'a.exe:x:$DATA', 'a.ex\u202Ee'],
    ...['a.e\u200Bxe', 'a.exe\0', 'a.exe\0.png', 'a.exe?', 'a.exe*', 'a.exe/', '..\\..\\a.exe', 'a.exe\r\n'],
    ...['invoice.exe.pdf', 'a.vbs.txt', 'a.pdf.exe', 'a.jpg.lnk', 'a.HTA.zip', 'a.exe .pdf', 'a.b.c.msi.png'],
    ...['invoice.pdf.js', 'Scan.JPG.PY', 'letter.docx .pyw', 'a.b.txt.js'],
    ...[`${'x'.repeat(300)}.exe`, `x.pdf${' '.repeat(300)}.exe`, `${'x'.repeat(196)}.exe${'y'.repeat(20)}`],
  ];
  test.each(tricks)('%j is rejected', async (name) => {
    await expect(inspect({ name, head: bytes('hello') })).rejects.toMatchObject({
      code: 'executable-refused',
    });
  });

  const ordinary = [
    ...['www.example.com.html', 'app.js', 'my.app.notes.txt', 'v1.0.sys.md', 'install.sh.md', 'libc.so.txt'],
    ...['exe.txt', 'exe', 'cmd.png', 'the bat.jpg', 'my.cmd notes.txt', 'a.execution.txt', 'a.bin', 'lnk.pdf'],
    ...['a.com pany.txt', 'jar.of.jam.png', 'a.exeter.pdf', 'fruit.bat.jpg', 'Movie.2004.DVD.SCR.mp4'],
    ...[
      'Cookie.Jar.png',
      'how.exe.files.work.pdf',
      'a.msi.b.png',
      'jquery.min.js',
      'pdf.js',
      'icon.svg.js',
      'run.cmd.md',
    ],
  ];
  test.each(ordinary)('%j passes', (name) => expect(refusal(name, bytes('hello'))).toBeUndefined());
});

describe('reasons', () => {
  const reasonFor = async (name: string, head: Uint8Array) => {
    const error = await inspect({ name, head }).catch((error: unknown) => error);
    return (error as Problem).facts;
  };

  test('each reason for programs in the table applies to a file, and no other reason does', async () => {
    const jar = zip({ 'META-INF/MANIFEST.MF': 'Manifest-Version: 1.0' });
    const given = await Promise.all([
      ...Object.values(programs).map((head) => reasonFor('a', head)),
      reasonFor('a', jar),
      reasonFor('a.docm', bytes('hello')),
      reasonFor('a.exe', bytes('hello')),
    ]);
    const isProgram = ([name, { of }]: [string, { of: string }]) =>
      of === 'executable-refused' && !name.startsWith('archived-');
    const known = Object.entries(rejectionReasons).filter(isProgram);
    expect(new Set(given.map(({ reason }) => reason))).toEqual(new Set(known.map(([name]) => name)));
  });

  test.each<[name: string, head: string, reason: RejectionReason, extension?: string]>([
    ['a.png', `MZ${dosFields}`, 'windows-program'],
    ['a.sh.txt', '#!/bin/sh\n', 'shell-script'],
    ['a.EXE', 'hello', 'program-name', 'exe'],
    ['a.exe.txt', 'hello', 'program-name', 'exe'],
    ['invoice.pdf.js', 'hello', 'program-name', 'js'],
    ['a.library-ms', 'hello', 'program-name', 'library-ms'],
  ])('%s is rejected with a reason and an extension', async (name, head, reason, extension) => {
    expect(await reasonFor(name, padded(head, 60))).toEqual(
      extension === undefined ? { reason } : { reason, extension },
    );
  });

  test('the sentence for a name contains its extension', () => {
    expect(refusal('a.exe', bytes('hello'))).toBe(
      "A file with .exe in its name counts as a program. We don't pass programs on; nothing was kept.",
    );
  });
});
