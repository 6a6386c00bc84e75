<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="en" sourcelanguage="en">
<context>
    <name>Age</name>
    <message numerus="yes">
        <source>%n s</source>
        <translation>
            <numerusform>%n s</numerusform>
            <numerusform>%n s</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n min</source>
        <translation>
            <numerusform>%n min</numerusform>
            <numerusform>%n min</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n h</source>
        <translation>
            <numerusform>%n h</numerusform>
            <numerusform>%n h</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n d</source>
        <translation>
            <numerusform>%n d</numerusform>
            <numerusform>%n d</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>Alarms</name>
    <message numerus="yes">
        <source>came %n times</source>
        <translation>
            <numerusform>came %n time</numerusform>
            <numerusform>came %n times</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n wait for somebody</source>
        <translation>
            <numerusform>%n waits for somebody</numerusform>
            <numerusform>%n wait for somebody</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>Board</name>
    <message numerus="yes">
        <source>%n changes wait</source>
        <translation>
            <numerusform>%n change waits</numerusform>
            <numerusform>%n changes wait</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n selected</source>
        <translation>
            <numerusform>%n selected</numerusform>
            <numerusform>%n selected</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>Bulk</name>
    <message numerus="yes">
        <source>Retry %n calls</source>
        <translation>
            <numerusform>Retry %n call</numerusform>
            <numerusform>Retry %n calls</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n calls match but cannot be retried now.</source>
        <translation>
            <numerusform>%n call matches but cannot be retried now.</numerusform>
            <numerusform>%n calls match but cannot be retried now.</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>Calls</name>
    <message numerus="yes">
        <source>%n attempts</source>
        <translation>
            <numerusform>%n attempt</numerusform>
            <numerusform>%n attempts</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>Comparison</name>
    <message numerus="yes">
        <source>%n differences</source>
        <translation>
            <numerusform>%n difference</numerusform>
            <numerusform>%n differences</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>Consistency</name>
    <message numerus="yes">
        <source>{verb}: all %n…</source>
        <translation>
            <numerusform>{verb}: all %n…</numerusform>
            <numerusform>{verb}: all %n…</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n statuses could not be read.</source>
        <translation>
            <numerusform>%n status could not be read.</numerusform>
            <numerusform>%n statuses could not be read.</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>Counts</name>
    <message numerus="yes">
        <source>%n salons</source>
        <translation>
            <numerusform>%n salon</numerusform>
            <numerusform>%n salons</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n calls</source>
        <translation>
            <numerusform>%n call</numerusform>
            <numerusform>%n calls</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>Doctor</name>
    <message numerus="yes">
        <source>%n things are wrong</source>
        <translation>
            <numerusform>%n thing is wrong</numerusform>
            <numerusform>%n things are wrong</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n things should be looked at</source>
        <translation>
            <numerusform>%n thing should be looked at</numerusform>
            <numerusform>%n things should be looked at</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>Overview</name>
    <message numerus="yes">
        <source>%n sessions</source>
        <translation>
            <numerusform>%n session</numerusform>
            <numerusform>%n sessions</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n installs</source>
        <translation>
            <numerusform>%n install</numerusform>
            <numerusform>%n installs</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n requests</source>
        <translation>
            <numerusform>%n request</numerusform>
            <numerusform>%n requests</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>PersonalData</name>
    <message numerus="yes">
        <source>{who}: found in %n places.</source>
        <translation>
            <numerusform>{who}: found in %n place.</numerusform>
            <numerusform>{who}: found in %n places.</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>Process</name>
    <message numerus="yes">
        <source>%n owners are linking</source>
        <translation>
            <numerusform>%n owner is linking</numerusform>
            <numerusform>%n owners are linking</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n connections</source>
        <translation>
            <numerusform>%n connection</numerusform>
            <numerusform>%n connections</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n jobs</source>
        <translation>
            <numerusform>%n job</numerusform>
            <numerusform>%n jobs</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n sessions still to hand over</source>
        <translation>
            <numerusform>%n session still to hand over</numerusform>
            <numerusform>%n sessions still to hand over</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n sessions</source>
        <translation>
            <numerusform>%n session</numerusform>
            <numerusform>%n sessions</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n processes live</source>
        <translation>
            <numerusform>%n process live</numerusform>
            <numerusform>%n processes live</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n silent</source>
        <translation>
            <numerusform>%n silent</numerusform>
            <numerusform>%n silent</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n sessions without a process</source>
        <translation>
            <numerusform>%n session without a process</numerusform>
            <numerusform>%n sessions without a process</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n calls are due</source>
        <translation>
            <numerusform>%n call is due</numerusform>
            <numerusform>%n calls are due</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n webhooks in work</source>
        <translation>
            <numerusform>%n webhook in work</numerusform>
            <numerusform>%n webhooks in work</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n owners are linking now: a restart would interrupt them</source>
        <translation>
            <numerusform>%n owner is linking now: a restart would interrupt them</numerusform>
            <numerusform>%n owners are linking now: a restart would interrupt them</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n owners are linking there right now: their codes are made anew.</source>
        <translation>
            <numerusform>%n owner is linking there right now: the code is made anew.</numerusform>
            <numerusform>%n owners are linking there right now: their codes are made anew.</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>Qr</name>
    <message numerus="yes">
        <source>The next code in %n s</source>
        <translation>
            <numerusform>The next code in %n s</numerusform>
            <numerusform>The next code in %n s</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>The owner&apos;s link is on the clipboard for %n s</source>
        <translation>
            <numerusform>The owner&apos;s link is on the clipboard for %n s</numerusform>
            <numerusform>The owner&apos;s link is on the clipboard for %n s</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>The code is on the clipboard for %n s.</source>
        <translation>
            <numerusform>The code is on the clipboard for %n s.</numerusform>
            <numerusform>The code is on the clipboard for %n s.</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>Queue</name>
    <message numerus="yes">
        <source>%n changes wait</source>
        <translation>
            <numerusform>%n change waits</numerusform>
            <numerusform>%n changes wait</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n selected</source>
        <translation>
            <numerusform>%n selected</numerusform>
            <numerusform>%n selected</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>Restarts</name>
    <message numerus="yes">
        <source>%n refused</source>
        <translation>
            <numerusform>%n refused</numerusform>
            <numerusform>%n refused</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n left as they were</source>
        <translation>
            <numerusform>%n left as it was</numerusform>
            <numerusform>%n left as they were</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>SavedViews</name>
    <message numerus="yes">
        <source>There are %n saved views already. Delete one first.</source>
        <translation>
            <numerusform>There is %n saved view already. Delete one first.</numerusform>
            <numerusform>There are %n saved views already. Delete one first.</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>Sessions</name>
    <message numerus="yes">
        <source>%n sessions</source>
        <translation>
            <numerusform>%n session</numerusform>
            <numerusform>%n sessions</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n changes wait</source>
        <translation>
            <numerusform>%n change waits</numerusform>
            <numerusform>%n changes wait</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n selected</source>
        <translation>
            <numerusform>%n selected</numerusform>
            <numerusform>%n selected</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n sessions will get a new engine.</source>
        <translation>
            <numerusform>%n session will get a new engine.</numerusform>
            <numerusform>%n sessions will get a new engine.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n of them are connected and will be away for some seconds.</source>
        <translation>
            <numerusform>%n of them is connected and will be away for some seconds.</numerusform>
            <numerusform>%n of them are connected and will be away for some seconds.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n were stopped on purpose and stay stopped.</source>
        <translation>
            <numerusform>%n was stopped on purpose and stays stopped.</numerusform>
            <numerusform>%n were stopped on purpose and stay stopped.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>Restart %n sessions?</source>
        <translation>
            <numerusform>Restart %n session?</numerusform>
            <numerusform>Restart %n sessions?</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>Settings</name>
    <message numerus="yes">
        <source>%n gateways were added; each still needs your token.</source>
        <translation>
            <numerusform>%n gateway was added; it still needs your token.</numerusform>
            <numerusform>%n gateways were added; each still needs your token.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n gateways were written, without tokens.</source>
        <translation>
            <numerusform>%n gateway was written, without its token.</numerusform>
            <numerusform>%n gateways were written, without tokens.</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>Staff</name>
    <message numerus="yes">
        <source>here now: %n consoles open</source>
        <translation>
            <numerusform>here now: %n console open</numerusform>
            <numerusform>here now: %n consoles open</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n days</source>
        <translation>
            <numerusform>%n day</numerusform>
            <numerusform>%n days</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n members</source>
        <translation>
            <numerusform>%n member</numerusform>
            <numerusform>%n members</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n here now</source>
        <translation>
            <numerusform>%n here now</numerusform>
            <numerusform>%n here now</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>Storage</name>
    <message numerus="yes">
        <source>%n days</source>
        <translation>
            <numerusform>%n day</numerusform>
            <numerusform>%n days</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>Story</name>
    <message numerus="yes">
        <source>%n times</source>
        <translation>
            <numerusform>%n time</numerusform>
            <numerusform>%n times</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>Tray</name>
    <message numerus="yes">
        <source>%n alarms wait for somebody</source>
        <translation>
            <numerusform>%n alarm waits for somebody</numerusform>
            <numerusform>%n alarms wait for somebody</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>Webhooks</name>
    <message numerus="yes">
        <source>in %n minutes</source>
        <translation>
            <numerusform>in %n minute</numerusform>
            <numerusform>in %n minutes</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n changes wait</source>
        <translation>
            <numerusform>%n change waits</numerusform>
            <numerusform>%n changes wait</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n shown</source>
        <translation>
            <numerusform>%n shown</numerusform>
            <numerusform>%n shown</numerusform>
        </translation>
    </message>
</context>
</TS>
