<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="ru" sourcelanguage="en">
<context>
    <name>Absence</name>
    <message>
        <source>Not connected to a gateway</source>
        <translation>Шлюз не выбран</translation>
    </message>
    <message>
        <source>Choose a gateway or add one: its address and your personal token are enough.</source>
        <translation>Выберите шлюз или добавьте новый: нужны только его адрес и ваш личный токен.</translation>
    </message>
    <message>
        <source>Choose a gateway</source>
        <translation>Выбрать шлюз</translation>
    </message>
    <message>
        <source>The gateway does not let us in</source>
        <translation>Шлюз не пускает</translation>
    </message>
    <message>
        <source>Above is why. Address and token are corrected in the settings.</source>
        <translation>Причина указана выше. Адрес и токен исправляют в настройках.</translation>
    </message>
    <message>
        <source>Open the settings</source>
        <translation>Открыть настройки</translation>
    </message>
    <message>
        <source>No connection to the gateway</source>
        <translation>Нет связи со шлюзом</translation>
    </message>
    <message>
        <source>It is tried again by itself, and what belongs here appears once it is back.</source>
        <translation>Пробуем снова сами; когда связь вернётся, здесь всё появится.</translation>
    </message>
</context>
<context>
    <name>Acts</name>
    <message>
        <source>Added a member of staff</source>
        <translation>Добавление сотрудника</translation>
    </message>
    <message>
        <source>Took a token away</source>
        <translation>Отзыв токена</translation>
    </message>
    <message>
        <source>Compared a salon with YCLIENTS</source>
        <translation>Сверка салона с YCLIENTS</translation>
    </message>
    <message>
        <source>Paused a salon</source>
        <translation>Приостановка салона</translation>
    </message>
    <message>
        <source>Let a salon run again</source>
        <translation>Возобновление салона</translation>
    </message>
    <message>
        <source>Disconnected a salon</source>
        <translation>Отключение салона</translation>
    </message>
    <message>
        <source>Took a disconnection back</source>
        <translation>Отмена отключения</translation>
    </message>
    <message>
        <source>Switched the assistant&apos;s answers</source>
        <translation>Переключение ассистента</translation>
    </message>
    <message>
        <source>Told YCLIENTS of a payment</source>
        <translation>Сообщение YCLIENTS о платеже</translation>
    </message>
    <message>
        <source>Told YCLIENTS of a refund</source>
        <translation>Сообщение YCLIENTS о возврате</translation>
    </message>
    <message>
        <source>Settled payments by YCLIENTS&apos; list</source>
        <translation>Сверка платежей с YCLIENTS</translation>
    </message>
    <message>
        <source>Asked for an address to pay at</source>
        <translation>Запрос ссылки на оплату</translation>
    </message>
    <message>
        <source>Gave a discount</source>
        <translation>Скидка салону</translation>
    </message>
    <message>
        <source>Made a link for an owner</source>
        <translation>Ссылка владельцу</translation>
    </message>
    <message>
        <source>Retried a call</source>
        <translation>Повтор вызова</translation>
    </message>
    <message>
        <source>Held a call</source>
        <translation>Удержание вызова</translation>
    </message>
    <message>
        <source>Let a call go on</source>
        <translation>Продолжение вызова</translation>
    </message>
    <message>
        <source>Marked a call as dealt with</source>
        <translation>Вызов решён вручную</translation>
    </message>
    <message>
        <source>Planned a bulk retry</source>
        <translation>План группового повтора</translation>
    </message>
    <message>
        <source>Started a bulk retry</source>
        <translation>Запуск группового повтора</translation>
    </message>
    <message>
        <source>Cancelled a bulk retry</source>
        <translation>Отмена группового повтора</translation>
    </message>
    <message>
        <source>Started a WhatsApp session</source>
        <translation>Запуск сессии WhatsApp</translation>
    </message>
    <message>
        <source>Restarted a WhatsApp session</source>
        <translation>Перезапуск сессии WhatsApp</translation>
    </message>
    <message>
        <source>Stopped a WhatsApp session</source>
        <translation>Остановка сессии WhatsApp</translation>
    </message>
    <message>
        <source>Asked for a pairing code</source>
        <translation>Запрос кода привязки</translation>
    </message>
    <message>
        <source>Unlinked a phone to link anew</source>
        <translation>Отвязка телефона для новой привязки</translation>
    </message>
    <message>
        <source>Confirmed another number</source>
        <translation>Подтверждение другого номера</translation>
    </message>
    <message>
        <source>Sent a test message</source>
        <translation>Отправка проверочного сообщения</translation>
    </message>
    <message>
        <source>Looked at a QR code</source>
        <translation>Просмотр QR-кода</translation>
    </message>
    <message>
        <source>Acknowledged an alarm</source>
        <translation>Тревога взята на себя</translation>
    </message>
    <message>
        <source>Snoozed an alarm</source>
        <translation>Тревога отложена</translation>
    </message>
    <message>
        <source>Had a webhook worked anew</source>
        <translation>Повторная обработка вебхука</translation>
    </message>
    <message>
        <source>Began a backup</source>
        <translation>Создание резервной копии</translation>
    </message>
    <message>
        <source>Drained a process</source>
        <translation>Вывод процесса из работы</translation>
    </message>
    <message>
        <source>Let a process take part again</source>
        <translation>Возврат процесса в работу</translation>
    </message>
    <message>
        <source>Compared all salons with YCLIENTS</source>
        <translation>Сверка всех салонов с YCLIENTS</translation>
    </message>
    <message>
        <source>Fixed a difference</source>
        <translation>Исправление расхождения</translation>
    </message>
    <message>
        <source>Planned to fix differences</source>
        <translation>План исправления расхождений</translation>
    </message>
    <message>
        <source>Started to fix differences</source>
        <translation>Запуск исправления расхождений</translation>
    </message>
    <message>
        <source>Cancelled fixing differences</source>
        <translation>Отмена исправления расхождений</translation>
    </message>
    <message>
        <source>Made a support bundle</source>
        <translation>Отчёт для поддержки</translation>
    </message>
    <message>
        <source>Looked for a person&apos;s data</source>
        <translation>Поиск личных данных</translation>
    </message>
    <message>
        <source>Destroyed personal data</source>
        <translation>Уничтожение личных данных</translation>
    </message>
</context>
<context>
    <name>Age</name>
    <message numerus="yes">
        <source>%n s</source>
        <translation>
            <numerusform>%n с</numerusform>
            <numerusform>%n с</numerusform>
            <numerusform>%n с</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n min</source>
        <translation>
            <numerusform>%n мин</numerusform>
            <numerusform>%n мин</numerusform>
            <numerusform>%n мин</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n h</source>
        <translation>
            <numerusform>%n ч</numerusform>
            <numerusform>%n ч</numerusform>
            <numerusform>%n ч</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n d</source>
        <translation>
            <numerusform>%n дн</numerusform>
            <numerusform>%n дн</numerusform>
            <numerusform>%n дн</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>Alarms</name>
    <message>
        <source>Look at this</source>
        <translation>Обратите внимание</translation>
    </message>
    <message>
        <source>Urgent</source>
        <translation>Срочно</translation>
    </message>
    <message>
        <source>Show the installs</source>
        <translation>Показать установки</translation>
    </message>
    <message>
        <source>Open the queue</source>
        <translation>Открыть очередь</translation>
    </message>
    <message>
        <source>Open the check</source>
        <translation>Открыть проверку</translation>
    </message>
    <message>
        <source>Show the webhooks</source>
        <translation>Показать вебхуки</translation>
    </message>
    <message>
        <source>Show the differences</source>
        <translation>Показать расхождения</translation>
    </message>
    <message>
        <source>What to do: {text}</source>
        <translation>Что делать: {text}</translation>
    </message>
    <message>
        <source>settled {age} ago</source>
        <translation>улажена {age} назад</translation>
    </message>
    <message>
        <source>Acknowledge</source>
        <translation>Беру на себя</translation>
    </message>
    <message>
        <source>Others see that you look after it; it is not told again while it stands.</source>
        <translation>Другие увидят, что вы этим заняты; пока тревога не уладится, о ней не напомнят.</translation>
    </message>
    <message>
        <source>Nobody is told of it until then, unless it gets worse.</source>
        <translation>До этого времени о ней не напомнят, если не станет хуже.</translation>
    </message>
    <message>
        <source>Wake it</source>
        <translation>Вернуть сейчас</translation>
    </message>
    <message>
        <source>It waits for somebody again, now.</source>
        <translation>Она снова будет ждать, пока её возьмут.</translation>
    </message>
    <message>
        <source>For an hour</source>
        <translation>На час</translation>
    </message>
    <message>
        <source>Until the morning: {time}</source>
        <translation>До утра: {time}</translation>
    </message>
    <message>
        <source>Until a moment…</source>
        <translation>До выбранного времени…</translation>
    </message>
    <message>
        <source>Raised {time}</source>
        <translation>Поднята {time}</translation>
    </message>
    <message>
        <source>settled {time}</source>
        <translation>улажена {time}</translation>
    </message>
    <message numerus="yes">
        <source>came %n times</source>
        <translation>
            <numerusform>случилось %n раз</numerusform>
            <numerusform>случилось %n раза</numerusform>
            <numerusform>случилось %n раз</numerusform>
        </translation>
    </message>
    <message>
        <source>acknowledged by {name}, {time}</source>
        <translation>этим занимается {name}, с {time}</translation>
    </message>
    <message>
        <source>snoozed by {name} until {time}</source>
        <translation>отложена до {time}, {name}</translation>
    </message>
    <message>
        <source>Alarms</source>
        <translation>Тревоги</translation>
    </message>
    <message>
        <source>Also what settled within a week</source>
        <translation>И улаженные за неделю</translation>
    </message>
    <message numerus="yes">
        <source>%n wait for somebody</source>
        <translation>
            <numerusform>Ждёт человека: %n</numerusform>
            <numerusform>Ждут человека: %n</numerusform>
            <numerusform>Ждут человека: %n</numerusform>
        </translation>
    </message>
    <message>
        <source>Nothing waits for anybody</source>
        <translation>Ни одна тревога не ждёт человека</translation>
    </message>
    <message>
        <source>Reading the alarms…</source>
        <translation>Читаем тревоги…</translation>
    </message>
    <message>
        <source>They appear as soon as the gateway answers.</source>
        <translation>Они появятся, как только шлюз ответит.</translation>
    </message>
    <message>
        <source>No alarms</source>
        <translation>Тревог нет</translation>
    </message>
    <message>
        <source>What calls for a person appears here by itself: stuck installs, a refused token, refused webhooks, a full disk. It leaves once its cause is gone. To try it, switch a fault on at the sandbox&apos;s page and press “Connect” there: a call that fails raises one.</source>
        <translation>Здесь само появится то, что требует человека: застрявшие установки, отвергнутый токен, отклонённые вебхуки, полный диск. Когда причины не станет, тревога уладится сама. Чтобы попробовать, включите сбой на странице песочницы и нажмите там «Подключить»: неудавшийся вызов поднимет тревогу.</translation>
    </message>
    <message>
        <source>It is on its way…</source>
        <translation>Отправлено…</translation>
    </message>
    <message>
        <source>Settled</source>
        <translation>Улажена</translation>
    </message>
    <message>
        <source>Snooze until a moment</source>
        <translation>Отложить до выбранного времени</translation>
    </message>
    <message>
        <source>Until when shall nobody be told of it? It is told before that if it gets worse.</source>
        <translation>До какого времени не напоминать? Если станет хуже, напомним раньше.</translation>
    </message>
    <message>
        <source>Quiet until</source>
        <translation>Не напоминать до</translation>
    </message>
    <message>
        <source>Snooze</source>
        <translation>Отложить</translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation>Отмена</translation>
    </message>
</context>
<context>
    <name>Audit</name>
    <message>
        <source>When</source>
        <translation>Когда</translation>
    </message>
    <message>
        <source>Who</source>
        <translation>Кто</translation>
    </message>
    <message>
        <source>What</source>
        <translation>Что</translation>
    </message>
    <message>
        <source>Salon</source>
        <translation>Салон</translation>
    </message>
    <message>
        <source>Why</source>
        <translation>Причина</translation>
    </message>
    <message>
        <source>command line</source>
        <translation>командная строка</translation>
    </message>
    <message>
        <source>What changed something</source>
        <translation>Что-то изменилось</translation>
    </message>
    <message>
        <source>What only looked</source>
        <translation>Только просмотр</translation>
    </message>
    <message>
        <source>At any time</source>
        <translation>За всё время</translation>
    </message>
    <message>
        <source>Today</source>
        <translation>Сегодня</translation>
    </message>
    <message>
        <source>Last 7 days</source>
        <translation>Последние 7 дней</translation>
    </message>
    <message>
        <source>Last 30 days</source>
        <translation>Последние 30 дней</translation>
    </message>
    <message>
        <source>Chosen days</source>
        <translation>Выбранные дни</translation>
    </message>
    <message>
        <source>Row {row} was altered after it was written.</source>
        <translation>Запись {row} изменили после того, как она появилась.</translation>
    </message>
    <message>
        <source>Before row {row} a row was taken out, put in or moved.</source>
        <translation>Перед записью {row} запись убрали, вставили или переставили.</translation>
    </message>
    <message>
        <source>The rows after {row} were taken out.</source>
        <translation>Записи после {row} убрали.</translation>
    </message>
    <message>
        <source>Row {row} was put in past the gateway: the event log does not know it.</source>
        <translation>Запись {row} добавили в обход шлюза: журнал событий её не знает.</translation>
    </message>
    <message>
        <source>Audit</source>
        <translation>Журнал</translation>
    </message>
    <message>
        <source>Check the chain</source>
        <translation>Проверить цепочку</translation>
    </message>
    <message>
        <source>Export…</source>
        <translation>Выгрузить…</translation>
    </message>
    <message>
        <source>Show everything</source>
        <translation>Показать всё</translation>
    </message>
    <message>
        <source>Reason or request</source>
        <translation>Причина или запрос</translation>
    </message>
    <message>
        <source>Salon number</source>
        <translation>Номер салона</translation>
    </message>
    <message>
        <source>What was done</source>
        <translation>Что сделано</translation>
    </message>
    <message>
        <source>What came of it</source>
        <translation>Чем кончилось</translation>
    </message>
    <message>
        <source>From this day</source>
        <translation>С этого дня</translation>
    </message>
    <message>
        <source>To this day</source>
        <translation>По этот день</translation>
    </message>
    <message>
        <source>Acts of staff</source>
        <translation>Действия сотрудников</translation>
    </message>
    <message>
        <source>Follows every row to see that none was altered.</source>
        <translation>Проходит по всем записям и проверяет, что ни одну не изменили.</translation>
    </message>
    <message>
        <source>Writes everything that matches, not only what is shown.</source>
        <translation>Записывает всё, что подходит под фильтр, а не только показанное.</translation>
    </message>
    <message>
        <source>Any act</source>
        <translation>Любое действие</translation>
    </message>
    <message>
        <source>Any outcome</source>
        <translation>Любой исход</translation>
    </message>
    <message>
        <source>The audit cannot be read now</source>
        <translation>Сейчас журнал не прочитать</translation>
    </message>
    <message>
        <source>Reading the audit…</source>
        <translation>Читаем журнал…</translation>
    </message>
    <message>
        <source>It appears as soon as the gateway answers.</source>
        <translation>Появится, как только шлюз ответит.</translation>
    </message>
    <message>
        <source>Nobody did such a thing</source>
        <translation>Ничего не нашлось</translation>
    </message>
    <message>
        <source>No act matches everything that is asked for above.</source>
        <translation>Ни одно действие не подходит под всё, что выбрано выше.</translation>
    </message>
    <message>
        <source>Nobody has done anything yet</source>
        <translation>Пока никто ничего не делал</translation>
    </message>
    <message>
        <source>Every command of staff is written down here with who, when, why and what was before and after. Retry a call or pause a salon in the sandbox to see one.</source>
        <translation>Здесь записана каждая команда сотрудников: кто, когда, почему, что было и что стало. Чтобы увидеть пример, повторите вызов или приостановите салон в песочнице.</translation>
    </message>
    <message>
        <source>Table (*.csv)</source>
        <translation>Таблица (*.csv)</translation>
    </message>
    <message>
        <source>JSON file (*.json)</source>
        <translation>Файл JSON (*.json)</translation>
    </message>
    <message>
        <source>Choose an act to see what was before and after it.</source>
        <translation>Выберите действие, чтобы увидеть, что было и что стало.</translation>
    </message>
    <message>
        <source>no reason given</source>
        <translation>не указана</translation>
    </message>
    <message>
        <source>Why: {reason}</source>
        <translation>Причина: {reason}</translation>
    </message>
    <message>
        <source>Open salon {number}</source>
        <translation>Открыть салон {number}</translation>
    </message>
    <message>
        <source>What was and what is</source>
        <translation>Было и стало</translation>
    </message>
    <message>
        <source>It changed nothing</source>
        <translation>Ничего не изменилось</translation>
    </message>
    <message>
        <source>Copy the request&apos;s name</source>
        <translation>Скопировать имя запроса</translation>
    </message>
    <message>
        <source>The request&apos;s name, as the log has it</source>
        <translation>Имя запроса, как в логах</translation>
    </message>
    <message>
        <source>Stop</source>
        <translation>Остановить</translation>
    </message>
    <message>
        <source>Put this away</source>
        <translation>Убрать</translation>
    </message>
    <message>
        <source>How far it is</source>
        <translation>Ход работы</translation>
    </message>
    <message>
        <source>The chain could not be checked to its end.</source>
        <translation>Цепочку не удалось проверить до конца.</translation>
    </message>
    <message>
        <source>Checking the chain: {count} rows fit so far</source>
        <translation>Проверяем цепочку: пока сходятся записей — {count}</translation>
    </message>
    <message>
        <source>The check was stopped after {count} rows that fit</source>
        <translation>Проверка остановлена, сошлось записей — {count}</translation>
    </message>
    <message>
        <source>The chain is whole: all {count} rows fit.</source>
        <translation>Цепочка цела, сошлись все записи: {count}.</translation>
    </message>
    <message>
        <source>Row {row} does not fit.</source>
        <translation>Запись {row} не сходится.</translation>
    </message>
    <message>
        <source>Leave the database as it is, and compare it with a backup.</source>
        <translation>Оставьте базу как есть и сравните её с резервной копией.</translation>
    </message>
    <message>
        <source>{file} was not written.</source>
        <translation>Файл {file} не записан.</translation>
    </message>
    <message>
        <source>Writing {file}: {count} rows so far</source>
        <translation>Пишем {file}, записей уже {count}</translation>
    </message>
    <message>
        <source>The export was stopped; {file} was not written.</source>
        <translation>Выгрузка остановлена, файл {file} не записан.</translation>
    </message>
    <message>
        <source>{file} is written: {count} rows.</source>
        <translation>Файл {file} записан, записей: {count}.</translation>
    </message>
</context>
<context>
    <name>Backups</name>
    <message>
        <source>File</source>
        <translation>Файл</translation>
    </message>
    <message>
        <source>Age</source>
        <translation>Возраст</translation>
    </message>
    <message>
        <source>Size</source>
        <translation>Размер</translation>
    </message>
    <message>
        <source>Written</source>
        <translation>Записан</translation>
    </message>
    <message>
        <source>State</source>
        <translation>Состояние</translation>
    </message>
    <message>
        <source>Backups</source>
        <translation>Резервные копии</translation>
    </message>
    <message>
        <source>The newest backups</source>
        <translation>Новейшие резервные копии</translation>
    </message>
    <message>
        <source>Make a backup now</source>
        <translation>Сделать копию сейчас</translation>
    </message>
    <message>
        <source>How far it is</source>
        <translation>Ход работы</translation>
    </message>
    <message>
        <source>Copy the command that makes one</source>
        <translation>Скопировать команду создания</translation>
    </message>
    <message>
        <source>Copy the command that brings it back</source>
        <translation>Скопировать команду восстановления</translation>
    </message>
    <message>
        <source>The commands run on the gateway&apos;s machine. A backup gets its name only after it was restored into a scratch database and compared row by row. Bringing back goes into a database of its own: put its address after --into, look at it, and only then let it take the place of the one in use (docs/operations.md, “Backup and restore”).</source>
        <translation>Команды выполняют на машине шлюза. Копия получает имя только после того, как её восстановили в пробную базу и сравнили построчно. Восстанавливают в отдельную базу: впишите её адрес после --into, проверьте её и лишь потом ставьте на место рабочей (docs/operations.md, «Backup and restore»).</translation>
    </message>
    <message>
        <source>The backups appear as soon as the gateway answers.</source>
        <translation>Резервные копии появятся, как только шлюз ответит.</translation>
    </message>
    <message>
        <source>BACKUP_DIR is not set, so the gateway does not know where backups lie.</source>
        <translation>BACKUP_DIR не задан: шлюз не знает, где лежат копии.</translation>
    </message>
    <message>
        <source>The folder BACKUP_DIR cannot be read: make it, or mend its rights.</source>
        <translation>Папка BACKUP_DIR не читается: создайте её или исправьте права.</translation>
    </message>
    <message>
        <source>There is no backup yet. Make one now, then every day.</source>
        <translation>Копий ещё нет. Сделайте одну сейчас, а потом — каждый день.</translation>
    </message>
    <message>
        <source>The newest backup is {age} old.</source>
        <translation>Новейшей копии {age}.</translation>
    </message>
    <message>
        <source>More than a day: look whether the daily run still works.</source>
        <translation>Больше суток: проверьте, работает ли ежедневный запуск.</translation>
    </message>
    <message>
        <source>{name} is having a backup made; it is being compared row by row at its end.</source>
        <translation>Делается копия по просьбе: {name}. В конце она сравнивается с базой построчно.</translation>
    </message>
    <message>
        <source>The backup that {name} asked for failed, {time}: {why}</source>
        <translation>Копия не удалась, {time} (просьба: {name}): {why}</translation>
    </message>
    <message>
        <source>The gateway has no folder for backups (BACKUP_DIR).</source>
        <translation>У шлюза нет папки для копий (BACKUP_DIR).</translation>
    </message>
    <message>
        <source>One is being made already.</source>
        <translation>Одна уже делается.</translation>
    </message>
    <message>
        <source>Nothing is stopped for it.</source>
        <translation>Ничего останавливать не нужно.</translation>
    </message>
    <message>
        <source>Choose a file first.</source>
        <translation>Сначала выберите файл.</translation>
    </message>
    <message>
        <source>This file is no backup.</source>
        <translation>Этот файл — не резервная копия.</translation>
    </message>
    <message>
        <source>Verified when it was made</source>
        <translation>Проверена при создании</translation>
    </message>
    <message>
        <source>No backup, or damaged</source>
        <translation>Не копия или повреждена</translation>
    </message>
</context>
<context>
    <name>Board</name>
    <message>
        <source>Stage</source>
        <translation>Этап</translation>
    </message>
    <message>
        <source>Salon</source>
        <translation>Салон</translation>
    </message>
    <message>
        <source>For</source>
        <translation>На этапе</translation>
    </message>
    <message>
        <source>WhatsApp</source>
        <translation>WhatsApp</translation>
    </message>
    <message>
        <source>YCLIENTS</source>
        <translation>YCLIENTS</translation>
    </message>
    <message>
        <source>Last error</source>
        <translation>Последняя ошибка</translation>
    </message>
    <message>
        <source>Next step</source>
        <translation>Что дальше</translation>
    </message>
    <message>
        <source>Action</source>
        <translation>Действие</translation>
    </message>
    <message>
        <source>The assistant is off</source>
        <translation>Ассистент выключен</translation>
    </message>
    <message>
        <source>{step} · now</source>
        <translation>{step} · сейчас</translation>
    </message>
    <message>
        <source>{step} · in {time}</source>
        <translation>{step} · через {time}</translation>
    </message>
    <message>
        <source>Installs</source>
        <translation>Установки</translation>
    </message>
    <message>
        <source>Name, city, number, support code…</source>
        <translation>Название, город, номер, код поддержки…</translation>
    </message>
    <message>
        <source>Search the installs</source>
        <translation>Поиск по установкам</translation>
    </message>
    <message>
        <source>Stages</source>
        <translation>Этапы</translation>
    </message>
    <message>
        <source>All</source>
        <translation>Все</translation>
    </message>
    <message>
        <source>Installs, who is stuck first</source>
        <translation>Установки, сначала те, где нужна помощь</translation>
    </message>
    <message>
        <source>Copy numbers</source>
        <translation>Скопировать номера</translation>
    </message>
    <message>
        <source>Clear the selection</source>
        <translation>Снять выделение</translation>
    </message>
    <message numerus="yes">
        <source>%n changes wait</source>
        <translation>
            <numerusform>Ждёт %n изменение</numerusform>
            <numerusform>Ждут %n изменения</numerusform>
            <numerusform>Ждут %n изменений</numerusform>
        </translation>
    </message>
    <message>
        <source>Rows stand still while the pointer is over the list. Press to show them.</source>
        <translation>Пока указатель над списком, строки стоят на месте. Нажмите, чтобы показать изменения.</translation>
    </message>
    <message>
        <source>No install matches</source>
        <translation>Ничего не нашлось</translation>
    </message>
    <message>
        <source>Nothing fits these stages and words together. Fewer words find more.</source>
        <translation>Ни одна установка не подходит под эти этапы и слова сразу. Меньше слов — больше найдётся.</translation>
    </message>
    <message>
        <source>Clear the filter</source>
        <translation>Сбросить фильтр</translation>
    </message>
    <message>
        <source>No installs yet</source>
        <translation>Установок пока нет</translation>
    </message>
    <message>
        <source>A salon appears here the moment its owner presses “Connect” in the YCLIENTS Marketplace, and stays with its whole story. To try it, open the sandbox&apos;s page and press “Connect” there.</source>
        <translation>Салон появится здесь, как только владелец нажмёт «Подключить» в маркетплейсе YCLIENTS, и останется со всей своей историей. Чтобы попробовать, откройте страницу песочницы и нажмите «Подключить» там.</translation>
    </message>
    <message>
        <source>Reading the installs…</source>
        <translation>Читаем установки…</translation>
    </message>
    <message>
        <source>The list appears as soon as the gateway answers.</source>
        <translation>Список появится, как только ответит шлюз.</translation>
    </message>
    <message numerus="yes">
        <source>%n selected</source>
        <translation>
            <numerusform>Выбрана %n</numerusform>
            <numerusform>Выбраны %n</numerusform>
            <numerusform>Выбрано %n</numerusform>
        </translation>
    </message>
    <message>
        <source>Retry calls ({count})</source>
        <translation>Повторить вызовы ({count})</translation>
    </message>
    <message>
        <source>None of these has a call that can be retried.</source>
        <translation>Среди выбранных нет вызова, который можно повторить.</translation>
    </message>
    <message>
        <source>Open</source>
        <translation>Открыть</translation>
    </message>
    <message>
        <source>Open in the whole window</source>
        <translation>Открыть во всё окно</translation>
    </message>
    <message>
        <source>Open in a window of its own</source>
        <translation>Открыть в отдельном окне</translation>
    </message>
    <message>
        <source>Copy the salon&apos;s number</source>
        <translation>Скопировать номер салона</translation>
    </message>
    <message>
        <source>Copy a summary</source>
        <translation>Скопировать сводку</translation>
    </message>
    <message>
        <source>Copy a link for colleagues</source>
        <translation>Скопировать ссылку для коллег</translation>
    </message>
    <message>
        <source>Support code: {code}</source>
        <translation>Код поддержки: {code}</translation>
    </message>
</context>
<context>
    <name>Bulk</name>
    <message>
        <source>Why: goes into the log with your name</source>
        <translation>Почему: попадёт в журнал с вашим именем</translation>
    </message>
    <message>
        <source>Reason for the bulk retry</source>
        <translation>Причина группового повтора</translation>
    </message>
    <message>
        <source>Show more</source>
        <translation>Показать ещё</translation>
    </message>
    <message>
        <source>Stop the retry</source>
        <translation>Остановить повтор</translation>
    </message>
    <message>
        <source>Not now</source>
        <translation>Не сейчас</translation>
    </message>
    <message>
        <source>Close; the retry goes on</source>
        <translation>Закрыть; повтор продолжится</translation>
    </message>
    <message>
        <source>Counting the calls…</source>
        <translation>Считаем вызовы…</translation>
    </message>
    <message>
        <source>Bulk retry No. {number} · {staff} · {time}</source>
        <translation>Групповой повтор № {number} · {staff} · {time}</translation>
    </message>
    <message numerus="yes">
        <source>Retry %n calls</source>
        <translation>
            <numerusform>Повторить %n вызов</numerusform>
            <numerusform>Повторить %n вызова</numerusform>
            <numerusform>Повторить %n вызовов</numerusform>
        </translation>
    </message>
    <message>
        <source>{calls} will be retried, in about {time}: YCLIENTS lets {rate} a minute through.</source>
        <translation>Будет повторено: {calls}, примерно за {time}. YCLIENTS пропускает {rate} в минуту.</translation>
    </message>
    <message>
        <source>None of these calls can be retried now.</source>
        <translation>Ни один из этих вызовов сейчас нельзя повторить.</translation>
    </message>
    <message numerus="yes">
        <source>%n calls match but cannot be retried now.</source>
        <translation>
            <numerusform>Ещё %n вызов подходит, но сейчас его нельзя повторить.</numerusform>
            <numerusform>Ещё %n вызова подходят, но сейчас их нельзя повторить.</numerusform>
            <numerusform>Ещё %n вызовов подходят, но сейчас их нельзя повторить.</numerusform>
        </translation>
    </message>
    <message>
        <source>A sample of the calls</source>
        <translation>Примеры вызовов</translation>
    </message>
    <message>
        <source>{done} of {total}</source>
        <translation>{done} из {total}</translation>
    </message>
    <message>
        <source>{rate} a minute, about {time} left</source>
        <translation>{rate} в минуту, осталось примерно {time}</translation>
    </message>
    <message>
        <source>The report, call by call</source>
        <translation>Отчёт по вызовам</translation>
    </message>
    <message>
        <source>Say why first: three letters or more.</source>
        <translation>Сначала напишите почему: хотя бы три буквы.</translation>
    </message>
    <message>
        <source>There is nothing to retry.</source>
        <translation>Повторять нечего.</translation>
    </message>
</context>
<context>
    <name>BulkItemState</name>
    <message>
        <source>Waiting for its turn</source>
        <translation>Ждёт очереди</translation>
    </message>
    <message>
        <source>Being tried</source>
        <translation>Повторяется</translation>
    </message>
    <message>
        <source>Succeeded</source>
        <translation>Удалось</translation>
    </message>
    <message>
        <source>Failed</source>
        <translation>Не удалось</translation>
    </message>
    <message>
        <source>Will be tried later</source>
        <translation>Повторим позже</translation>
    </message>
    <message>
        <source>Skipped</source>
        <translation>Пропущено</translation>
    </message>
    <message>
        <source>Cancelled</source>
        <translation>Отменено</translation>
    </message>
</context>
<context>
    <name>BulkState</name>
    <message>
        <source>Planned</source>
        <translation>Запланирован</translation>
    </message>
    <message>
        <source>Running</source>
        <translation>Идёт</translation>
    </message>
    <message>
        <source>Being cancelled</source>
        <translation>Отменяется</translation>
    </message>
    <message>
        <source>Cancelled</source>
        <translation>Отменён</translation>
    </message>
    <message>
        <source>Finished</source>
        <translation>Завершён</translation>
    </message>
    <message>
        <source>Plan ran out</source>
        <translation>План устарел</translation>
    </message>
</context>
<context>
    <name>CallState</name>
    <message>
        <source>Waiting</source>
        <translation>Ждёт</translation>
    </message>
    <message>
        <source>Held</source>
        <translation>Удержан</translation>
    </message>
    <message>
        <source>Done</source>
        <translation>Выполнен</translation>
    </message>
    <message>
        <source>Failed</source>
        <translation>Не удался</translation>
    </message>
    <message>
        <source>Cancelled</source>
        <translation>Отменён</translation>
    </message>
    <message>
        <source>Dealt with</source>
        <translation>Решён вручную</translation>
    </message>
</context>
<context>
    <name>Calls</name>
    <message>
        <source>Disconnection</source>
        <translation>Отключение</translation>
    </message>
    <message>
        <source>Activation</source>
        <translation>Активация</translation>
    </message>
    <message>
        <source>no answer yet</source>
        <translation>ответа пока нет</translation>
    </message>
    <message>
        <source>No. {number} · {time} · {outcome}</source>
        <translation>№ {number} · {time} · {outcome}</translation>
    </message>
    <message>
        <source>{ms} ms</source>
        <translation>{ms} мс</translation>
    </message>
    <message>
        <source>Detail of attempt {number}</source>
        <translation>Подробности попытки {number}</translation>
    </message>
    <message>
        <source>What was sent and what came back</source>
        <translation>Что отправили и что пришло в ответ</translation>
    </message>
    <message>
        <source>Copy as cURL, without secrets</source>
        <translation>Скопировать как cURL, без секретов</translation>
    </message>
    <message>
        <source>{kind} · No. {call} · {time}</source>
        <translation>{kind} · № {call} · {time}</translation>
    </message>
    <message numerus="yes">
        <source>%n attempts</source>
        <translation>
            <numerusform>%n попытка</numerusform>
            <numerusform>%n попытки</numerusform>
            <numerusform>%n попыток</numerusform>
        </translation>
    </message>
    <message>
        <source>Retry</source>
        <translation>Повторить</translation>
    </message>
    <message>
        <source>Hold…</source>
        <translation>Удержать…</translation>
    </message>
    <message>
        <source>Let it go on</source>
        <translation>Продолжить</translation>
    </message>
    <message>
        <source>Mark as dealt with…</source>
        <translation>Отметить решённым…</translation>
    </message>
    <message>
        <source>More about this call</source>
        <translation>Ещё об этом вызове</translation>
    </message>
    <message>
        <source>{kind} No. {call}</source>
        <translation>{kind} № {call}</translation>
    </message>
    <message>
        <source>Copy the call&apos;s number</source>
        <translation>Скопировать номер вызова</translation>
    </message>
    <message>
        <source>Copy for support</source>
        <translation>Скопировать для поддержки</translation>
    </message>
    <message>
        <source>YCLIENTS&apos; words: “{text}”</source>
        <translation>Слова YCLIENTS: «{text}»</translation>
    </message>
    <message>
        <source>It is being sent now.</source>
        <translation>Сейчас отправляется.</translation>
    </message>
    <message>
        <source>Next try: {time}</source>
        <translation>Следующая попытка: {time}</translation>
    </message>
    <message>
        <source>Whether YCLIENTS took it is not known: the status is read first.</source>
        <translation>Неизвестно, принял ли его YCLIENTS: сначала прочитаем статус.</translation>
    </message>
    <message>
        <source>Reason given: {reason}</source>
        <translation>Причина: {reason}</translation>
    </message>
    <message>
        <source>It belongs to an earlier install of the salon.</source>
        <translation>Относится к прежней установке салона.</translation>
    </message>
    <message>
        <source>Nothing was sent to YCLIENTS yet</source>
        <translation>В YCLIENTS пока ничего не отправляли</translation>
    </message>
    <message>
        <source>As soon as the phone is linked, the activation appears here with every attempt.</source>
        <translation>Как только телефон привяжут, здесь появится активация со всеми попытками.</translation>
    </message>
    <message>
        <source>Hold this call?</source>
        <translation>Удержать вызов?</translation>
    </message>
    <message>
        <source>It is not tried until somebody lets it go on.</source>
        <translation>Он не будет повторяться, пока его не продолжат.</translation>
    </message>
    <message>
        <source>Hold</source>
        <translation>Удержать</translation>
    </message>
    <message>
        <source>Mark this call as dealt with?</source>
        <translation>Отметить вызов решённым?</translation>
    </message>
    <message>
        <source>It leaves the queue and is not tried any more; YCLIENTS is told nothing.</source>
        <translation>Он уйдёт из очереди и больше не повторится; в YCLIENTS ничего не отправим.</translation>
    </message>
    <message>
        <source>Mark as dealt with</source>
        <translation>Отметить решённым</translation>
    </message>
</context>
<context>
    <name>CheckLevel</name>
    <message>
        <source>In order</source>
        <translation>В порядке</translation>
    </message>
    <message>
        <source>Look at this</source>
        <translation>Обратите внимание</translation>
    </message>
    <message>
        <source>Wrong</source>
        <translation>Неверно</translation>
    </message>
</context>
<context>
    <name>Comparison</name>
    <message>
        <source>waits to be activated</source>
        <translation>ждёт активации</translation>
    </message>
    <message>
        <source>active</source>
        <translation>работает</translation>
    </message>
    <message>
        <source>frozen</source>
        <translation>приостановлена</translation>
    </message>
    <message>
        <source>disconnected</source>
        <translation>отключена</translation>
    </message>
    <message>
        <source>Status</source>
        <translation>Статус</translation>
    </message>
    <message>
        <source>Last payment</source>
        <translation>Последняя оплата</translation>
    </message>
    <message>
        <source>Paid until</source>
        <translation>Оплачено до</translation>
    </message>
    <message>
        <source>Name</source>
        <translation>Название</translation>
    </message>
    <message>
        <source>City</source>
        <translation>Город</translation>
    </message>
    <message>
        <source>Time zone</source>
        <translation>Часовой пояс</translation>
    </message>
    <message>
        <source>never read</source>
        <translation>не читали</translation>
    </message>
    <message>
        <source>WhatsApp</source>
        <translation>WhatsApp</translation>
    </message>
    <message>
        <source>Active since</source>
        <translation>Работает с</translation>
    </message>
    <message numerus="yes">
        <source>%n differences</source>
        <translation>
            <numerusform>%n расхождение</numerusform>
            <numerusform>%n расхождения</numerusform>
            <numerusform>%n расхождений</numerusform>
        </translation>
    </message>
    <message>
        <source>YCLIENTS was never asked</source>
        <translation>YCLIENTS ещё не спрашивали</translation>
    </message>
    <message>
        <source>Nothing differs between the two sides</source>
        <translation>Расхождений нет</translation>
    </message>
    <message>
        <source>“Compare with YCLIENTS” reads their side.</source>
        <translation>«Сверить с YCLIENTS» прочитает их данные.</translation>
    </message>
    <message>
        <source>Their side was read {age} ago.</source>
        <translation>Их данные прочитаны {age} назад.</translation>
    </message>
    <message>
        <source>Their data</source>
        <translation>Их данные</translation>
    </message>
    <message>
        <source>Our data</source>
        <translation>Наши данные</translation>
    </message>
    <message>
        <source>{field}: YCLIENTS says “{theirs}”, we say “{ours}”</source>
        <translation>{field}: у YCLIENTS «{theirs}», у нас «{ours}»</translation>
    </message>
</context>
<context>
    <name>Confirm</name>
    <message>
        <source>Cancel</source>
        <translation>Отмена</translation>
    </message>
    <message>
        <source>Why</source>
        <translation>Почему</translation>
    </message>
    <message>
        <source>Goes into the log with your name</source>
        <translation>Попадёт в журнал с вашим именем</translation>
    </message>
    <message>
        <source>Type the salon&apos;s name: {name}</source>
        <translation>Введите название салона: {name}</translation>
    </message>
    <message>
        <source>Say why first: three letters or more.</source>
        <translation>Сначала напишите почему: хотя бы три буквы.</translation>
    </message>
    <message>
        <source>The reason is too long: at most 500 letters.</source>
        <translation>Причина слишком длинная: не больше 500 букв.</translation>
    </message>
    <message>
        <source>Type the salon&apos;s name first.</source>
        <translation>Сначала введите название салона.</translation>
    </message>
</context>
<context>
    <name>Connect</name>
    <message>
        <source>Production: opens read-only</source>
        <translation>Боевая: открывается только для чтения</translation>
    </message>
    <message>
        <source>Staging</source>
        <translation>Тестовая</translation>
    </message>
    <message>
        <source>Demo: nothing is real</source>
        <translation>Демо: всё понарошку</translation>
    </message>
    <message>
        <source>Our gateway</source>
        <translation>Наш шлюз</translation>
    </message>
    <message>
        <source>Leave it empty to keep the token that is remembered.</source>
        <translation>Оставьте пустым, чтобы сохранить прежний токен.</translation>
    </message>
    <message>
        <source>An administrator of the gateway makes it: python -m gateway staff add</source>
        <translation>Его выдаёт администратор шлюза: python -m gateway staff add</translation>
    </message>
    <message>
        <source>Address of the gateway</source>
        <translation>Адрес шлюза</translation>
    </message>
    <message>
        <source>Your personal token</source>
        <translation>Ваш личный токен</translation>
    </message>
    <message>
        <source>Name, to know it by</source>
        <translation>Название для себя</translation>
    </message>
    <message>
        <source>What is at stake there</source>
        <translation>Что это за среда</translation>
    </message>
    <message>
        <source>Remember the token in this computer&apos;s keychain</source>
        <translation>Запомнить токен в связке ключей этого компьютера</translation>
    </message>
    <message>
        <source>Test</source>
        <translation>Проверить</translation>
    </message>
    <message>
        <source>Save</source>
        <translation>Сохранить</translation>
    </message>
    <message>
        <source>Save and connect</source>
        <translation>Сохранить и подключиться</translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation>Отмена</translation>
    </message>
    <message>
        <source>Type the gateway&apos;s address first.</source>
        <translation>Сначала введите адрес шлюза.</translation>
    </message>
    <message>
        <source>Paste your personal token first.</source>
        <translation>Сначала вставьте личный токен.</translation>
    </message>
    <message>
        <source>Waiting for the gateway…</source>
        <translation>Ждём шлюз…</translation>
    </message>
    <message>
        <source>Paste the token to test it.</source>
        <translation>Вставьте токен, чтобы проверить его.</translation>
    </message>
    <message>
        <source>Hide the token</source>
        <translation>Скрыть токен</translation>
    </message>
    <message>
        <source>Show the token</source>
        <translation>Показать токен</translation>
    </message>
    <message>
        <source>It works: {name}, {role}. The gateway ({version}) answers in {ms} ms.</source>
        <translation>Работает: {name}, {role}. Шлюз ({version}) отвечает за {ms} мс.</translation>
    </message>
</context>
<context>
    <name>Consistency</name>
    <message>
        <source>Theirs against ours</source>
        <translation>Сверка с YCLIENTS</translation>
    </message>
    <message>
        <source>Check all now</source>
        <translation>Проверить всё</translation>
    </message>
    <message>
        <source>Salon, city, number</source>
        <translation>Салон, город, номер</translation>
    </message>
    <message>
        <source>Search among the differences</source>
        <translation>Искать среди расхождений</translation>
    </message>
    <message>
        <source>Difference</source>
        <translation>Расхождение</translation>
    </message>
    <message>
        <source>Salon</source>
        <translation>Салон</translation>
    </message>
    <message>
        <source>For</source>
        <translation>Длится</translation>
    </message>
    <message>
        <source>Checked</source>
        <translation>Проверено</translation>
    </message>
    <message>
        <source>YCLIENTS</source>
        <translation>YCLIENTS</translation>
    </message>
    <message>
        <source>We</source>
        <translation>У нас</translation>
    </message>
    <message>
        <source>Differences</source>
        <translation>Расхождения</translation>
    </message>
    <message>
        <source>Show more</source>
        <translation>Показать ещё</translation>
    </message>
    <message>
        <source>Open the salon</source>
        <translation>Открыть салон</translation>
    </message>
    <message>
        <source>Progress of the check</source>
        <translation>Ход проверки</translation>
    </message>
    <message>
        <source>YCLIENTS&apos; list was read {time}.</source>
        <translation>Список YCLIENTS прочитан: {time}.</translation>
    </message>
    <message>
        <source>YCLIENTS&apos; list was not read yet.</source>
        <translation>Список YCLIENTS ещё не читали.</translation>
    </message>
    <message>
        <source>YCLIENTS: {theirs}. We: {ours}. Since {since}.</source>
        <translation>YCLIENTS: {theirs}. У нас: {ours}. С {since}.</translation>
    </message>
    <message numerus="yes">
        <source>{verb}: all %n…</source>
        <translation>
            <numerusform>{verb} все (%n)…</numerusform>
            <numerusform>{verb} все (%n)…</numerusform>
            <numerusform>{verb} все (%n)…</numerusform>
        </translation>
    </message>
    <message>
        <source>The check is under way.</source>
        <translation>Проверка уже идёт.</translation>
    </message>
    <message>
        <source>One request to YCLIENTS for a thousand salons.</source>
        <translation>Один запрос к YCLIENTS на тысячу салонов.</translation>
    </message>
    <message>
        <source>Comparing…</source>
        <translation>Сверяем…</translation>
    </message>
    <message>
        <source>Differences appear as soon as the gateway answers.</source>
        <translation>Расхождения появятся, как только ответит шлюз.</translation>
    </message>
    <message>
        <source>Nothing matches</source>
        <translation>Ничего не нашлось</translation>
    </message>
    <message>
        <source>Take the filter away to see the other differences.</source>
        <translation>Сбросьте фильтр, чтобы увидеть остальные расхождения.</translation>
    </message>
    <message>
        <source>Clear the filter</source>
        <translation>Сбросить фильтр</translation>
    </message>
    <message>
        <source>YCLIENTS and we agree about every salon</source>
        <translation>По каждому салону данные совпадают</translation>
    </message>
    <message>
        <source>What disagrees appears here: salons missing from YCLIENTS&apos; list, other statuses, bots and keys left after a disconnection. It is compared every quarter of an hour; “Check all now” does it at once.</source>
        <translation>Здесь появляются расхождения: салоны, которых нет в списке YCLIENTS, другие статусы, боты и ключи, оставшиеся после отключения. Сверка идёт каждые четверть часа; «Проверить всё» делает её сразу.</translation>
    </message>
    <message>
        <source>{verb}: {salon}?</source>
        <translation>{verb}: {salon}?</translation>
    </message>
    <message>
        <source>Done: the difference is gone.</source>
        <translation>Готово: расхождения больше нет.</translation>
    </message>
    <message>
        <source>Handed to the queue: YCLIENTS is asked, the outcome follows.</source>
        <translation>Передано в очередь: спросим YCLIENTS, итог появится позже.</translation>
    </message>
    <message>
        <source>It was done, but the difference is still there: open the salon.</source>
        <translation>Сделано, но расхождение осталось: откройте салон.</translation>
    </message>
    <message>
        <source>Put this away</source>
        <translation>Убрать</translation>
    </message>
    <message>
        <source>The check is about to begin…</source>
        <translation>Проверка вот-вот начнётся…</translation>
    </message>
    <message>
        <source>Reading YCLIENTS&apos; list, page {page}…</source>
        <translation>Читаем список YCLIENTS, страница {page}…</translation>
    </message>
    <message>
        <source>Reading single statuses: {done} of {total}…</source>
        <translation>Читаем статусы по одному: {done} из {total}…</translation>
    </message>
    <message>
        <source>The last check failed: {why}</source>
        <translation>Последняя проверка не удалась: {why}</translation>
    </message>
    <message>
        <source>Last check: {listed} in their list, {held} connected here, {healed} set right by itself.</source>
        <translation>Последняя проверка: в списке YCLIENTS — {listed}, подключено у нас — {held}, исправлено автоматически — {healed}.</translation>
    </message>
    <message>
        <source>Too many salons are missing at once: the list is not believed, nothing was closed by it.</source>
        <translation>Сразу пропало слишком много салонов: списку не поверили и никого по нему не отключили.</translation>
    </message>
    <message numerus="yes">
        <source>%n statuses could not be read.</source>
        <translation>
            <numerusform>Не прочитан %n статус.</numerusform>
            <numerusform>Не прочитаны %n статуса.</numerusform>
            <numerusform>Не прочитано %n статусов.</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>Counts</name>
    <message numerus="yes">
        <source>%n salons</source>
        <translation>
            <numerusform>%n салон</numerusform>
            <numerusform>%n салона</numerusform>
            <numerusform>%n салонов</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n calls</source>
        <translation>
            <numerusform>%n вызов</numerusform>
            <numerusform>%n вызова</numerusform>
            <numerusform>%n вызовов</numerusform>
        </translation>
    </message>
    <message>
        <source>without a name</source>
        <translation>без названия</translation>
    </message>
</context>
<context>
    <name>Crash</name>
    <message>
        <source>Something broke in the console</source>
        <translation>В консоли что-то сломалось</translation>
    </message>
    <message>
        <source>It goes on working. What happened was written into a report on this computer: the place in the program and versions, nothing of salons or people. It is sent to the connected gateway only if you press “Send”.</source>
        <translation>Она продолжает работать. Случившееся записано в отчёт на этом компьютере: место в программе и версии, ничего о салонах и людях. Он уйдёт на подключённый шлюз, только если вы нажмёте «Отправить».</translation>
    </message>
    <message>
        <source>Show &amp;report</source>
        <translation>&amp;Показать отчёт</translation>
    </message>
    <message>
        <source>&amp;Send</source>
        <translation>&amp;Отправить</translation>
    </message>
    <message>
        <source>&amp;Delete</source>
        <translation>&amp;Удалить</translation>
    </message>
    <message>
        <source>Close</source>
        <translation>Закрыть</translation>
    </message>
    <message>
        <source>Report</source>
        <translation>Отчёт</translation>
    </message>
    <message>
        <source>Connect to a gateway first.</source>
        <translation>Сначала подключитесь к шлюзу.</translation>
    </message>
    <message>
        <source>This report is dealt with.</source>
        <translation>С этим отчётом уже разобрались.</translation>
    </message>
    <message>
        <source>Sent. The gateway&apos;s log has it as {reference}.</source>
        <translation>Отправлено. В журнале шлюза он записан как {reference}.</translation>
    </message>
    <message>
        <source>Deleted.</source>
        <translation>Удалено.</translation>
    </message>
</context>
<context>
    <name>Difference</name>
    <message>
        <source>Connected here, not in YCLIENTS&apos; list</source>
        <translation>Подключён у нас, нет в списке YCLIENTS</translation>
    </message>
    <message>
        <source>Disconnected here, still in YCLIENTS&apos; list</source>
        <translation>Отключён у нас, остался в списке YCLIENTS</translation>
    </message>
    <message>
        <source>In YCLIENTS&apos; list, never came to us</source>
        <translation>Есть в списке YCLIENTS, к нам не приходил</translation>
    </message>
    <message>
        <source>YCLIENTS&apos; status is another than ours</source>
        <translation>Статус в YCLIENTS не такой, как у нас</translation>
    </message>
    <message>
        <source>The bot runs although the salon has left</source>
        <translation>Бот работает, хотя салон отключился</translation>
    </message>
    <message>
        <source>Keys are left of a salon that has left</source>
        <translation>Остались ключи отключившегося салона</translation>
    </message>
    <message>
        <source>The bot runs although it is paused</source>
        <translation>Бот работает, хотя он на паузе</translation>
    </message>
    <message>
        <source>Active at YCLIENTS, the bot is stopped</source>
        <translation>Подключён в YCLIENTS, бот остановлен</translation>
    </message>
    <message>
        <source>Active at YCLIENTS, no phone is linked</source>
        <translation>Подключён в YCLIENTS, нет телефона</translation>
    </message>
    <message>
        <source>A call is open for a salon that has left</source>
        <translation>Открыт вызов отключившегося салона</translation>
    </message>
    <message>
        <source>A disconnection got stuck half way</source>
        <translation>Отключение застряло на полпути</translation>
    </message>
    <message>
        <source>Not in their list</source>
        <translation>Нет в их списке</translation>
    </message>
    <message>
        <source>Left, but listed</source>
        <translation>Отключён, но в списке</translation>
    </message>
    <message>
        <source>Listed, unknown</source>
        <translation>В списке, но не у нас</translation>
    </message>
    <message>
        <source>Other status</source>
        <translation>Другой статус</translation>
    </message>
    <message>
        <source>Bot after leaving</source>
        <translation>Бот после отключения</translation>
    </message>
    <message>
        <source>Keys left</source>
        <translation>Остались ключи</translation>
    </message>
    <message>
        <source>Bot while paused</source>
        <translation>Бот на паузе работает</translation>
    </message>
    <message>
        <source>Bot stopped</source>
        <translation>Бот остановлен</translation>
    </message>
    <message>
        <source>No phone</source>
        <translation>Нет телефона</translation>
    </message>
    <message>
        <source>Open call</source>
        <translation>Открытый вызов</translation>
    </message>
    <message>
        <source>Stuck disconnection</source>
        <translation>Застрявшее отключение</translation>
    </message>
    <message>
        <source>The owner may have disconnected the salon and we were not told, or the list is incomplete. The salon&apos;s own status decides: read it anew.</source>
        <translation>Возможно, владелец отключил салон, а нам не сообщили, или список неполный. Решает статус самого салона: прочитайте его заново.</translation>
    </message>
    <message>
        <source>YCLIENTS goes on showing the application as connected, and may go on charging for it. Read the status anew; if it is still active, finish the disconnection.</source>
        <translation>YCLIENTS по-прежнему показывает приложение подключённым и может брать за него деньги. Прочитайте статус заново; если салон всё ещё подключён, завершите отключение.</translation>
    </message>
    <message>
        <source>The owner connected the application and never reached our page. Ask the owner to press “Connect” in the marketplace again.</source>
        <translation>Владелец подключил приложение, но до нашей страницы не дошёл. Попросите его ещё раз нажать «Подключить» в маркетплейсе.</translation>
    </message>
    <message>
        <source>YCLIENTS counts the salon as something else than we do. “Already installed” looks like this: their word may be accepted, or the activation sent again.</source>
        <translation>YCLIENTS считает салон не тем, чем считаем мы. Так выглядит «уже установил»: можно принять их статус или отправить подключение ещё раз.</translation>
    </message>
    <message>
        <source>The phone of a salon that has disconnected is still answered by us: end it.</source>
        <translation>Мы всё ещё отвечаем с телефона салона, который отключился: завершите отключение.</translation>
    </message>
    <message>
        <source>Keys to the salon&apos;s phone or to YCLIENTS are still kept though the salon has left: wipe them.</source>
        <translation>Ключи к телефону салона или к YCLIENTS всё ещё хранятся, хотя салон отключился: сотрите их.</translation>
    </message>
    <message>
        <source>The subscription is frozen, or staff paused the bot, and it runs all the same.</source>
        <translation>Подписка приостановлена или бота остановил сотрудник, а он всё равно работает.</translation>
    </message>
    <message>
        <source>The owner pays and the bot does not answer. If nobody stopped it on purpose, start it.</source>
        <translation>Владелец платит, а бот не отвечает. Если его не останавливали намеренно, запустите его.</translation>
    </message>
    <message>
        <source>Only the owner can link the phone: open the salon and send a link. If the salon may have left, read its status anew.</source>
        <translation>Привязать телефон может только владелец: откройте салон и отправьте ссылку. Если салон мог отключиться, прочитайте его статус заново.</translation>
    </message>
    <message>
        <source>An activation waits for an install that is over: it must not be sent any more.</source>
        <translation>Подключение ждёт отправки, хотя установка уже закрыта: отправлять его больше нельзя.</translation>
    </message>
    <message>
        <source>Staff asked for the salon to be disconnected, and YCLIENTS did not confirm it. Finish it: it is sent again, and what is left here is wiped once YCLIENTS confirms.</source>
        <translation>Сотрудник попросил отключить салон, а YCLIENTS этого не подтвердил. Завершите отключение: запрос уйдёт ещё раз, а после подтверждения сотрётся и то, что осталось у нас.</translation>
    </message>
    <message>
        <source>Read anew</source>
        <translation>Прочитать заново</translation>
    </message>
    <message>
        <source>Activate again</source>
        <translation>Подключить ещё раз</translation>
    </message>
    <message>
        <source>Accept their status</source>
        <translation>Принять их статус</translation>
    </message>
    <message>
        <source>Finish the disconnection</source>
        <translation>Завершить отключение</translation>
    </message>
    <message>
        <source>Stop the bot</source>
        <translation>Остановить бота</translation>
    </message>
    <message>
        <source>Start the bot</source>
        <translation>Запустить бота</translation>
    </message>
    <message>
        <source>The status is read at YCLIENTS now, and our state follows: a salon that has left is closed.</source>
        <translation>Статус читается в YCLIENTS сейчас, и наше состояние следует за ним: отключившийся салон закрывается.</translation>
    </message>
    <message>
        <source>The activation is sent to YCLIENTS again, with the same key.</source>
        <translation>Подключение отправляется в YCLIENTS ещё раз, с тем же ключом.</translation>
    </message>
    <message>
        <source>The status is read once more; if YCLIENTS says “active”, the salon is active here as well.</source>
        <translation>Статус читается ещё раз; если YCLIENTS отвечает «подключён», салон подключён и у нас.</translation>
    </message>
    <message>
        <source>Open calls, keys and the WhatsApp session of the closed install are wiped, and YCLIENTS is asked to disconnect the salon if it still lists it. This cannot be undone.</source>
        <translation>Открытые вызовы, ключи и сессия WhatsApp закрытой установки стираются, а YCLIENTS просим отключить салон, если он ещё в списке. Это необратимо.</translation>
    </message>
    <message>
        <source>The WhatsApp session is stopped; its credentials are kept.</source>
        <translation>Сессия WhatsApp останавливается, доступ к ней сохраняется.</translation>
    </message>
    <message>
        <source>The WhatsApp session is started with the credentials that are kept.</source>
        <translation>Сессия WhatsApp запускается с сохранённым доступом.</translation>
    </message>
    <message>
        <source>never read</source>
        <translation>не читали</translation>
    </message>
    <message>
        <source>in the list</source>
        <translation>есть в списке</translation>
    </message>
    <message>
        <source>not in the list</source>
        <translation>нет в списке</translation>
    </message>
    <message>
        <source>unknown to us</source>
        <translation>нам неизвестен</translation>
    </message>
</context>
<context>
    <name>Doctor</name>
    <message>
        <source>the signature of an owner&apos;s entry</source>
        <translation>подпись входа владельца</translation>
    </message>
    <message>
        <source>the token in a webhook</source>
        <translation>токен в вебхуке</translation>
    </message>
    <message>
        <source>the signature of a webhook</source>
        <translation>подпись вебхука</translation>
    </message>
    <message>
        <source>a payment notice</source>
        <translation>уведомление об оплате</translation>
    </message>
    <message>
        <source>What to do: {text}</source>
        <translation>Что сделать: {text}</translation>
    </message>
    <message>
        <source>Current</source>
        <translation>Текущий</translation>
    </message>
    <message>
        <source>Previous</source>
        <translation>Прежний</translation>
    </message>
    <message>
        <source>Next</source>
        <translation>Следующий</translation>
    </message>
    <message>
        <source>set, but unusable</source>
        <translation>задан, но не годится</translation>
    </message>
    <message>
        <source>not set</source>
        <translation>не задан</translation>
    </message>
    <message>
        <source>Copy the fingerprint</source>
        <translation>Скопировать отпечаток</translation>
    </message>
    <message>
        <source>has proved nothing yet</source>
        <translation>пока ничем не подтверждён</translation>
    </message>
    <message>
        <source>fitted {age} ago: {by}</source>
        <translation>подошёл {age} назад: {by}</translation>
    </message>
    <message>
        <source>Check of the configuration</source>
        <translation>Проверка настроек</translation>
    </message>
    <message>
        <source>Check again</source>
        <translation>Проверить снова</translation>
    </message>
    <message>
        <source>Copy the report</source>
        <translation>Скопировать отчёт</translation>
    </message>
    <message>
        <source>The check is running</source>
        <translation>Идёт проверка</translation>
    </message>
    <message>
        <source>Check of {time}</source>
        <translation>Проверка от {time}</translation>
    </message>
    <message>
        <source>The check is running…</source>
        <translation>Идёт проверка…</translation>
    </message>
    <message>
        <source>Nothing was checked yet</source>
        <translation>Проверки ещё не было</translation>
    </message>
    <message>
        <source>The check looks at every setting of the gateway, PARTNER_TOKEN first, and asks YCLIENTS whether it accepts the token. Nothing is changed.</source>
        <translation>Проверка смотрит все настройки шлюза, начиная с PARTNER_TOKEN, и спрашивает YCLIENTS, принимает ли он токен. Ничего не меняется.</translation>
    </message>
    <message>
        <source>Check now</source>
        <translation>Проверить сейчас</translation>
    </message>
    <message numerus="yes">
        <source>%n things are wrong</source>
        <translation>
            <numerusform>Неверно: %n</numerusform>
            <numerusform>Неверно: %n</numerusform>
            <numerusform>Неверно: %n</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n things should be looked at</source>
        <translation>
            <numerusform>Обратите внимание: %n</numerusform>
            <numerusform>Обратите внимание: %n</numerusform>
            <numerusform>Обратите внимание: %n</numerusform>
        </translation>
    </message>
    <message>
        <source>Everything is in order</source>
        <translation>Всё в порядке</translation>
    </message>
    <message>
        <source>YCLIENTS has refused our calls for {age}: activations wait. {why}.</source>
        <translation>YCLIENTS отклоняет наши вызовы уже {age}: активации ждут. {why}.</translation>
    </message>
    <message>
        <source>Checked {age} ago, without asking YCLIENTS</source>
        <translation>Проверено {age} назад, без вопроса к YCLIENTS</translation>
    </message>
    <message>
        <source>Checked {age} ago</source>
        <translation>Проверено {age} назад</translation>
    </message>
    <message>
        <source>Checked just now</source>
        <translation>Проверено только что</translation>
    </message>
</context>
<context>
    <name>Engine</name>
    <message>
        <source>starting</source>
        <translation>запускается</translation>
    </message>
    <message>
        <source>shows a code</source>
        <translation>показывает код</translation>
    </message>
    <message>
        <source>asks for a passkey</source>
        <translation>просит ключ доступа</translation>
    </message>
    <message>
        <source>connecting</source>
        <translation>соединяется</translation>
    </message>
    <message>
        <source>connected</source>
        <translation>подключён</translation>
    </message>
    <message>
        <source>reconnecting</source>
        <translation>переподключается</translation>
    </message>
    <message>
        <source>ended</source>
        <translation>завершён</translation>
    </message>
    <message>
        <source>unknown to the server</source>
        <translation>неизвестен серверу</translation>
    </message>
    <message>
        <source>its server does not answer</source>
        <translation>его сервер не отвечает</translation>
    </message>
    <message>
        <source>simulated phone</source>
        <translation>имитация телефона</translation>
    </message>
    <message>
        <source>WAHA server</source>
        <translation>сервер WAHA</translation>
    </message>
    <message>
        <source>own worker (neonize)</source>
        <translation>свой процесс (neonize)</translation>
    </message>
</context>
<context>
    <name>Explain</name>
    <message>
        <source>YCLIENTS does not accept our token</source>
        <translation>YCLIENTS не принимает наш токен</translation>
    </message>
    <message>
        <source>YCLIENTS answered 401: it does not know the partner token the gateway sends.</source>
        <translation>YCLIENTS ответил 401: токен партнёра, который шлёт шлюз, ему неизвестен.</translation>
    </message>
    <message>
        <source>Open the doctor, compare PARTNER_TOKEN with the developer&apos;s cabinet of YCLIENTS and set the right one; what waits goes on by itself.</source>
        <translation>Откройте «Проверку», сравните PARTNER_TOKEN с кабинетом разработчика YCLIENTS и задайте верный; всё, что ждёт, продолжится само.</translation>
    </message>
    <message>
        <source>YCLIENTS sees no request from this salon</source>
        <translation>YCLIENTS не видит заявки этого салона</translation>
    </message>
    <message>
        <source>YCLIENTS answered 404 or 403 and the status is not pending: the owner&apos;s consent is gone or was given elsewhere.</source>
        <translation>YCLIENTS ответил 404 или 403, а статус не pending: согласия владельца больше нет или его дали в другом месте.</translation>
    </message>
    <message>
        <source>Ask the owner to press “Connect” in YCLIENTS again, then retry the call.</source>
        <translation>Попросите владельца снова нажать «Подключить» в YCLIENTS, затем повторите вызов.</translation>
    </message>
    <message>
        <source>YCLIENTS declined the call</source>
        <translation>YCLIENTS отклонил вызов</translation>
    </message>
    <message>
        <source>YCLIENTS found the data of the call wrong (400 or 422). Trying again without a change brings the same answer.</source>
        <translation>YCLIENTS счёл данные вызова неверными (400 или 422). Повтор без изменений даст тот же ответ.</translation>
    </message>
    <message>
        <source>Read YCLIENTS&apos; own words in the attempt, correct what they name and retry; if nothing is wrong, hand the attempt to YCLIENTS&apos; support.</source>
        <translation>Прочитайте слова YCLIENTS в попытке, исправьте названное и повторите; если ошибки нет, передайте попытку в поддержку YCLIENTS.</translation>
    </message>
    <message>
        <source>YCLIENTS does not find our application</source>
        <translation>YCLIENTS не находит наше приложение</translation>
    </message>
    <message>
        <source>The application is not published, or APPLICATION_ID is another application&apos;s number.</source>
        <translation>Приложение не опубликовано, или APPLICATION_ID — номер другого приложения.</translation>
    </message>
    <message>
        <source>Check APPLICATION_ID in the doctor; if it is right, ask YCLIENTS&apos; support to publish the application, then retry all such calls together.</source>
        <translation>Сверьте APPLICATION_ID в «Проверке»; если он верен, попросите поддержку YCLIENTS опубликовать приложение, затем повторите такие вызовы все вместе.</translation>
    </message>
    <message>
        <source>YCLIENTS does not answer as it should</source>
        <translation>YCLIENTS отвечает не так, как должен</translation>
    </message>
    <message>
        <source>It answered with an error of its own, broke off or was silent.</source>
        <translation>Он ответил своей ошибкой, оборвал ответ или молчал.</translation>
    </message>
    <message>
        <source>The gateway tries again by itself with growing pauses. Retry by hand only when YCLIENTS is known to be well again.</source>
        <translation>Шлюз повторяет сам, всё реже. Повторяйте вручную, только когда известно, что YCLIENTS снова работает.</translation>
    </message>
    <message>
        <source>Not known whether YCLIENTS took it</source>
        <translation>Неизвестно, принял ли YCLIENTS</translation>
    </message>
    <message>
        <source>The answer came, but the status read does not confirm it yet.</source>
        <translation>Ответ пришёл, но чтение статуса его пока не подтверждает.</translation>
    </message>
    <message>
        <source>The gateway reads the status again before it sends anything twice. “Check now” asks at once.</source>
        <translation>Шлюз ещё раз прочитает статус, прежде чем отправить что-то второй раз. «Сверить» спросит сразу.</translation>
    </message>
    <message>
        <source>Tried for days without success</source>
        <translation>Несколько дней без успеха</translation>
    </message>
    <message>
        <source>YCLIENTS did not take the activation in all that time, so the gateway stopped trying.</source>
        <translation>За всё это время YCLIENTS не принял активацию, и шлюз прекратил попытки.</translation>
    </message>
    <message>
        <source>See in the attempts what it answered; when the cause is gone, retry. The owner may have to press “Connect” again.</source>
        <translation>Посмотрите в попытках, что он отвечал; когда причина устранена, повторите. Возможно, владельцу придётся снова нажать «Подключить».</translation>
    </message>
    <message>
        <source>Too much in too short a time</source>
        <translation>Слишком часто</translation>
    </message>
    <message>
        <source>More was asked for in a minute than is allowed.</source>
        <translation>За минуту запросили больше, чем разрешено.</translation>
    </message>
    <message>
        <source>Wait a minute. What the gateway does by itself goes on by itself.</source>
        <translation>Подождите минуту. То, что шлюз делает сам, продолжится само.</translation>
    </message>
    <message>
        <source>YCLIENTS answered the read with 401.</source>
        <translation>YCLIENTS ответил на чтение 401.</translation>
    </message>
    <message>
        <source>Open the doctor and set the right PARTNER_TOKEN.</source>
        <translation>Откройте «Проверку» и задайте верный PARTNER_TOKEN.</translation>
    </message>
    <message>
        <source>YCLIENTS gives no access to this salon</source>
        <translation>YCLIENTS не даёт доступа к этому салону</translation>
    </message>
    <message>
        <source>It knows the token and answers 403: the application has no rights there.</source>
        <translation>Токен он знает, но отвечает 403: у приложения здесь нет прав.</translation>
    </message>
    <message>
        <source>Check APPLICATION_ID and the application&apos;s rights in the developer&apos;s cabinet.</source>
        <translation>Сверьте APPLICATION_ID и права приложения в кабинете разработчика.</translation>
    </message>
    <message>
        <source>YCLIENTS does not know this salon</source>
        <translation>YCLIENTS не знает этого салона</translation>
    </message>
    <message>
        <source>The number is wrong, or the salon was deleted.</source>
        <translation>Номер неверен, или салон удалён.</translation>
    </message>
    <message>
        <source>Compare the salon&apos;s number with YCLIENTS.</source>
        <translation>Сверьте номер салона с YCLIENTS.</translation>
    </message>
    <message>
        <source>YCLIENTS asks for a pause</source>
        <translation>YCLIENTS просит паузу</translation>
    </message>
    <message>
        <source>All consoles and the gateway share its limits: 5 requests a second, 200 a minute.</source>
        <translation>Все консоли и шлюз делят его лимиты: 5 запросов в секунду, 200 в минуту.</translation>
    </message>
    <message>
        <source>Wait a minute and try again.</source>
        <translation>Подождите минуту и попробуйте снова.</translation>
    </message>
    <message>
        <source>YCLIENTS has troubles</source>
        <translation>У YCLIENTS неполадки</translation>
    </message>
    <message>
        <source>It answered with an error of its own.</source>
        <translation>Он ответил своей ошибкой.</translation>
    </message>
    <message>
        <source>Try again in some minutes.</source>
        <translation>Попробуйте через несколько минут.</translation>
    </message>
    <message>
        <source>YCLIENTS does not answer</source>
        <translation>YCLIENTS не отвечает</translation>
    </message>
    <message>
        <source>The time ran out before it did.</source>
        <translation>Время вышло раньше, чем он ответил.</translation>
    </message>
    <message>
        <source>YCLIENTS cannot be reached</source>
        <translation>До YCLIENTS не достучаться</translation>
    </message>
    <message>
        <source>The gateway could not open a connection.</source>
        <translation>Шлюз не смог открыть соединение.</translation>
    </message>
    <message>
        <source>See in the doctor whether YCLIENTS_API_URL and the gateway&apos;s network are in order.</source>
        <translation>Посмотрите в «Проверке», в порядке ли YCLIENTS_API_URL и сеть шлюза.</translation>
    </message>
    <message>
        <source>YCLIENTS answered in an unknown form</source>
        <translation>YCLIENTS ответил непонятно</translation>
    </message>
    <message>
        <source>The answer was cut, was a web page or was not what was asked for.</source>
        <translation>Ответ оборван, это веб-страница или не то, о чём спрашивали.</translation>
    </message>
    <message>
        <source>Try again; if it stays so, hand the first bytes of the answer to YCLIENTS&apos; support.</source>
        <translation>Попробуйте ещё раз; если не поможет, передайте начало ответа в поддержку YCLIENTS.</translation>
    </message>
    <message>
        <source>Accepted</source>
        <translation>Принято</translation>
    </message>
    <message>
        <source>YCLIENTS took the call; a status read confirms it.</source>
        <translation>YCLIENTS принял вызов; чтение статуса это подтвердит.</translation>
    </message>
    <message>
        <source>Nothing has to be done.</source>
        <translation>Делать ничего не нужно.</translation>
    </message>
    <message>
        <source>403: installed already, or not allowed</source>
        <translation>403: уже установлено или не разрешено</translation>
    </message>
    <message>
        <source>The same answer stands for both; only the status tells which.</source>
        <translation>Ответ на оба случая один; различит их только статус.</translation>
    </message>
    <message>
        <source>The gateway reads the status by itself and goes on accordingly.</source>
        <translation>Шлюз сам прочитает статус и поступит по нему.</translation>
    </message>
    <message>
        <source>401: the token is not accepted</source>
        <translation>401: токен не принят</translation>
    </message>
    <message>
        <source>YCLIENTS does not know the partner token.</source>
        <translation>YCLIENTS не знает токен партнёра.</translation>
    </message>
    <message>
        <source>Set the right PARTNER_TOKEN; the doctor shows the present one&apos;s fingerprint.</source>
        <translation>Задайте верный PARTNER_TOKEN; отпечаток нынешнего — в «Проверке».</translation>
    </message>
    <message>
        <source>404: no request, or a foreign application</source>
        <translation>404: заявки нет, или приложение чужое</translation>
    </message>
    <message>
        <source>The owner&apos;s consent is gone, or APPLICATION_ID is another&apos;s.</source>
        <translation>Согласия владельца больше нет, или APPLICATION_ID чужой.</translation>
    </message>
    <message>
        <source>Check APPLICATION_ID; if it is right, the owner has to press “Connect” again.</source>
        <translation>Сверьте APPLICATION_ID; если он верен, владельцу нужно снова нажать «Подключить».</translation>
    </message>
    <message>
        <source>The data were declined</source>
        <translation>Данные отклонены</translation>
    </message>
    <message>
        <source>YCLIENTS found something wrong in what was sent.</source>
        <translation>YCLIENTS нашёл ошибку в том, что ему прислали.</translation>
    </message>
    <message>
        <source>Read its words in the answer and correct what they name.</source>
        <translation>Прочитайте его слова в ответе и исправьте названное.</translation>
    </message>
    <message>
        <source>“Aggregator not found”</source>
        <translation>«Агрегатор не найден»</translation>
    </message>
    <message>
        <source>The application is not published at YCLIENTS, or its number is wrong.</source>
        <translation>Приложение не опубликовано в YCLIENTS, или его номер неверен.</translation>
    </message>
    <message>
        <source>Check APPLICATION_ID, then write to YCLIENTS&apos; support.</source>
        <translation>Сверьте APPLICATION_ID, затем напишите в поддержку YCLIENTS.</translation>
    </message>
    <message>
        <source>429: too often</source>
        <translation>429: слишком часто</translation>
    </message>
    <message>
        <source>YCLIENTS asks for a pause.</source>
        <translation>YCLIENTS просит паузу.</translation>
    </message>
    <message>
        <source>The gateway waits as long as it is told and goes on.</source>
        <translation>Шлюз подождёт, сколько сказано, и продолжит.</translation>
    </message>
    <message>
        <source>No clear answer</source>
        <translation>Нет ясного ответа</translation>
    </message>
    <message>
        <source>Nothing is known of the outcome.</source>
        <translation>О результате ничего не известно.</translation>
    </message>
    <message>
        <source>The gateway reads the status, then tries again.</source>
        <translation>Шлюз прочитает статус и попробует снова.</translation>
    </message>
    <message>
        <source>Set the right PARTNER_TOKEN.</source>
        <translation>Задайте верный PARTNER_TOKEN.</translation>
    </message>
    <message>
        <source>403: no access</source>
        <translation>403: нет доступа</translation>
    </message>
    <message>
        <source>The application has no rights for this salon.</source>
        <translation>У приложения нет прав на этот салон.</translation>
    </message>
    <message>
        <source>Check APPLICATION_ID and the application&apos;s rights.</source>
        <translation>Сверьте APPLICATION_ID и права приложения.</translation>
    </message>
    <message>
        <source>YCLIENTS&apos; own error</source>
        <translation>Ошибка самого YCLIENTS</translation>
    </message>
    <message>
        <source>It answered with a 5xx.</source>
        <translation>Он ответил кодом 5xx.</translation>
    </message>
    <message>
        <source>The gateway tries again by itself.</source>
        <translation>Шлюз повторит сам.</translation>
    </message>
    <message>
        <source>The time ran out</source>
        <translation>Истекло время</translation>
    </message>
    <message>
        <source>No answer came in time.</source>
        <translation>Ответ не пришёл вовремя.</translation>
    </message>
    <message>
        <source>Not reached</source>
        <translation>Не достучались</translation>
    </message>
    <message>
        <source>No connection came about, so nothing was sent.</source>
        <translation>Соединение не открылось, ничего не отправлено.</translation>
    </message>
    <message>
        <source>The answer cannot be read</source>
        <translation>Ответ не прочитать</translation>
    </message>
    <message>
        <source>It was cut, a web page, or no JSON.</source>
        <translation>Он оборван, это веб-страница или не JSON.</translation>
    </message>
    <message>
        <source>The gateway reads the status again by itself.</source>
        <translation>Шлюз сам ещё раз прочитает статус.</translation>
    </message>
    <message>
        <source>Status: pending</source>
        <translation>Статус: ждёт активации</translation>
    </message>
    <message>
        <source>YCLIENTS still waits to be told that the salon is ready.</source>
        <translation>YCLIENTS всё ещё ждёт сообщения, что салон готов.</translation>
    </message>
    <message>
        <source>The gateway tells it by itself.</source>
        <translation>Шлюз сообщит сам.</translation>
    </message>
    <message>
        <source>Status: active</source>
        <translation>Статус: работает</translation>
    </message>
    <message>
        <source>YCLIENTS says that the salon is connected.</source>
        <translation>YCLIENTS говорит, что салон подключён.</translation>
    </message>
    <message>
        <source>Status: frozen</source>
        <translation>Статус: приостановлена</translation>
    </message>
    <message>
        <source>The salon&apos;s subscription is suspended in YCLIENTS.</source>
        <translation>Подписка салона в YCLIENTS приостановлена.</translation>
    </message>
    <message>
        <source>The owner has to pay in YCLIENTS.</source>
        <translation>Владельцу нужно оплатить в YCLIENTS.</translation>
    </message>
    <message>
        <source>Status: not connected</source>
        <translation>Статус: не подключена</translation>
    </message>
    <message>
        <source>YCLIENTS says that the salon has disconnected the application.</source>
        <translation>YCLIENTS говорит, что салон отключил приложение.</translation>
    </message>
    <message>
        <source>To come back the owner presses “Connect” in YCLIENTS.</source>
        <translation>Чтобы вернуться, владелец нажимает «Подключить» в YCLIENTS.</translation>
    </message>
    <message>
        <source>the time ran out</source>
        <translation>истекло время</translation>
    </message>
    <message>
        <source>YCLIENTS was silent; it may have acted all the same.</source>
        <translation>YCLIENTS промолчал; возможно, он всё же выполнил запрос.</translation>
    </message>
    <message>
        <source>The gateway reads the status before it sends again.</source>
        <translation>Шлюз прочитает статус, прежде чем отправить снова.</translation>
    </message>
    <message>
        <source>no connection</source>
        <translation>нет соединения</translation>
    </message>
    <message>
        <source>YCLIENTS&apos; server could not be reached; nothing was sent.</source>
        <translation>До сервера YCLIENTS не достучаться; ничего не отправлено.</translation>
    </message>
    <message>
        <source>If it lasts, check the gateway&apos;s network and YCLIENTS_API_URL.</source>
        <translation>Если это не проходит, проверьте сеть шлюза и YCLIENTS_API_URL.</translation>
    </message>
    <message>
        <source>the name was not found</source>
        <translation>имя не найдено</translation>
    </message>
    <message>
        <source>The address of YCLIENTS could not be resolved; nothing was sent.</source>
        <translation>Адрес YCLIENTS не удалось определить по имени; ничего не отправлено.</translation>
    </message>
    <message>
        <source>Check YCLIENTS_API_URL and the name servers of the gateway&apos;s machine.</source>
        <translation>Проверьте YCLIENTS_API_URL и серверы имён на машине шлюза.</translation>
    </message>
    <message>
        <source>the secure connection failed</source>
        <translation>защищённое соединение не удалось</translation>
    </message>
    <message>
        <source>YCLIENTS&apos; certificate was not accepted, or something stands between; nothing was sent.</source>
        <translation>Сертификат YCLIENTS не принят, или кто-то стоит между; ничего не отправлено.</translation>
    </message>
    <message>
        <source>Check the clock and the proxies of the gateway&apos;s machine.</source>
        <translation>Проверьте часы и прокси на машине шлюза.</translation>
    </message>
    <message>
        <source>the connection broke off</source>
        <translation>соединение оборвалось</translation>
    </message>
    <message>
        <source>YCLIENTS hung up before it answered; it may have acted all the same.</source>
        <translation>YCLIENTS отключился, не ответив; возможно, он всё же выполнил запрос.</translation>
    </message>
    <message>
        <source>the answer is no HTTP</source>
        <translation>ответ — не HTTP</translation>
    </message>
    <message>
        <source>What came makes no sense; YCLIENTS may have acted all the same.</source>
        <translation>Пришло что-то бессмысленное; возможно, YCLIENTS всё же выполнил запрос.</translation>
    </message>
    <message>
        <source>the answer is enormous</source>
        <translation>ответ огромен</translation>
    </message>
    <message>
        <source>It was not read to its end; YCLIENTS may have acted all the same.</source>
        <translation>Его не стали дочитывать; возможно, YCLIENTS всё же выполнил запрос.</translation>
    </message>
    <message>
        <source>taken</source>
        <translation>принято</translation>
    </message>
    <message>
        <source>YCLIENTS took the request.</source>
        <translation>YCLIENTS принял запрос.</translation>
    </message>
    <message>
        <source>A status read confirms it.</source>
        <translation>Чтение статуса это подтвердит.</translation>
    </message>
    <message>
        <source>taken, with a redirect</source>
        <translation>принято, с перенаправлением</translation>
    </message>
    <message>
        <source>YCLIENTS took the request and names a page for a browser; it is not followed.</source>
        <translation>YCLIENTS принял запрос и назвал страницу для браузера; по ней не переходим.</translation>
    </message>
    <message>
        <source>declined</source>
        <translation>отклонено</translation>
    </message>
    <message>
        <source>YCLIENTS found the request wrong.</source>
        <translation>YCLIENTS счёл запрос неверным.</translation>
    </message>
    <message>
        <source>Read its words in the answer.</source>
        <translation>Прочитайте его слова в ответе.</translation>
    </message>
    <message>
        <source>the token is not accepted</source>
        <translation>токен не принят</translation>
    </message>
    <message>
        <source>not allowed, or done already</source>
        <translation>не разрешено или уже сделано</translation>
    </message>
    <message>
        <source>YCLIENTS says so for a foreign application and for a salon that is installed already.</source>
        <translation>YCLIENTS отвечает так и чужому приложению, и о салоне, который уже подключён.</translation>
    </message>
    <message>
        <source>The status read tells which.</source>
        <translation>Что именно, покажет чтение статуса.</translation>
    </message>
    <message>
        <source>not found</source>
        <translation>не найдено</translation>
    </message>
    <message>
        <source>YCLIENTS knows no such request, salon or application.</source>
        <translation>YCLIENTS не знает такой заявки, салона или приложения.</translation>
    </message>
    <message>
        <source>Check APPLICATION_ID; else the owner has to press “Connect” again.</source>
        <translation>Сверьте APPLICATION_ID; иначе владельцу нужно снова нажать «Подключить».</translation>
    </message>
    <message>
        <source>a field is wrong</source>
        <translation>поле неверно</translation>
    </message>
    <message>
        <source>YCLIENTS names the field in its answer.</source>
        <translation>YCLIENTS называет поле в ответе.</translation>
    </message>
    <message>
        <source>Correct it and retry.</source>
        <translation>Исправьте его и повторите.</translation>
    </message>
    <message>
        <source>too often</source>
        <translation>слишком часто</translation>
    </message>
    <message>
        <source>The gateway waits and goes on.</source>
        <translation>Шлюз подождёт и продолжит.</translation>
    </message>
    <message>
        <source>YCLIENTS will not do it.</source>
        <translation>YCLIENTS отказывается это делать.</translation>
    </message>
    <message>
        <source>an error of YCLIENTS&apos; own</source>
        <translation>ошибка самого YCLIENTS</translation>
    </message>
    <message>
        <source>Something broke on its side; it may have acted all the same.</source>
        <translation>Сломалось на его стороне; возможно, запрос всё же выполнен.</translation>
    </message>
    <message>
        <source>WhatsApp cannot be reached</source>
        <translation>До WhatsApp не достучаться</translation>
    </message>
    <message>
        <source>WhatsApp did not answer in time</source>
        <translation>WhatsApp не ответил вовремя</translation>
    </message>
    <message>
        <source>Its servers are slow now.</source>
        <translation>Его серверы сейчас медленные.</translation>
    </message>
    <message>
        <source>Wait a minute and do it again.</source>
        <translation>Подождите минуту и повторите.</translation>
    </message>
    <message>
        <source>WhatsApp has troubles</source>
        <translation>У WhatsApp неполадки</translation>
    </message>
    <message>
        <source>Its servers answer with errors.</source>
        <translation>Его серверы отвечают ошибками.</translation>
    </message>
    <message>
        <source>The session comes back by itself.</source>
        <translation>Сессия вернётся сама.</translation>
    </message>
    <message>
        <source>WhatsApp did not confirm</source>
        <translation>WhatsApp не подтвердил</translation>
    </message>
    <message>
        <source>It is tried again by itself.</source>
        <translation>Пробуем снова сами.</translation>
    </message>
    <message>
        <source>The network or WhatsApp itself is away, not the salon: in Russia it does not always open.</source>
        <translation>Дело в сети или в самом WhatsApp, а не в салоне: в России он открывается не всегда.</translation>
    </message>
    <message>
        <source>Nothing is lost, and the gateway tries again every few minutes. If it lasts for many salons, check the network of the gateway&apos;s machine.</source>
        <translation>Ничего не потеряно, шлюз пробует снова каждые несколько минут. Если так долго и у многих салонов, проверьте сеть машины шлюза.</translation>
    </message>
    <message>
        <source>Whether it arrived is not known, so it is not sent again.</source>
        <translation>Дошло ли, неизвестно, поэтому повторно не отправляем.</translation>
    </message>
    <message>
        <source>Look at the recipient&apos;s phone before you send another one.</source>
        <translation>Прежде чем отправлять ещё одно, посмотрите на телефон получателя.</translation>
    </message>
    <message>
        <source>WhatsApp is not connected</source>
        <translation>WhatsApp не подключён</translation>
    </message>
    <message>
        <source>Nobody has linked the salon&apos;s phone yet, or the link is gone.</source>
        <translation>Телефон салона ещё никто не привязал, или связь пропала.</translation>
    </message>
    <message>
        <source>Show the owner the QR or send the link, then retry.</source>
        <translation>Покажите владельцу QR или отправьте ссылку, затем повторите.</translation>
    </message>
    <message>
        <source>No code can be given now</source>
        <translation>Код сейчас не получить</translation>
    </message>
    <message>
        <source>The session is not waiting for a phone: it is connected, on its way or stopped.</source>
        <translation>Сессия не ждёт телефон: она подключена, в пути или остановлена.</translation>
    </message>
    <message>
        <source>Start the session, then ask for the code.</source>
        <translation>Запустите сессию, затем запросите код.</translation>
    </message>
    <message>
        <source>The QR has run out</source>
        <translation>QR истёк</translation>
    </message>
    <message>
        <source>Each lives for some seconds only.</source>
        <translation>Каждый живёт лишь несколько секунд.</translation>
    </message>
    <message>
        <source>Wait for the next one or start the session anew.</source>
        <translation>Дождитесь следующего или перезапустите сессию.</translation>
    </message>
    <message>
        <source>Nobody used the code in time</source>
        <translation>Кодом никто не воспользовался вовремя</translation>
    </message>
    <message>
        <source>The codes were used up and no phone came.</source>
        <translation>Коды кончились, а телефон не пришёл.</translation>
    </message>
    <message>
        <source>When the owner is ready, start the session again: new codes follow.</source>
        <translation>Когда владелец будет готов, запустите сессию снова: появятся новые коды.</translation>
    </message>
    <message>
        <source>WhatsApp did not accept the code</source>
        <translation>WhatsApp не принял код</translation>
    </message>
    <message>
        <source>It was mistyped or another phone was used.</source>
        <translation>Его ввели с ошибкой или с другого телефона.</translation>
    </message>
    <message>
        <source>Have the owner try again with the new code, with the phone of the number it was made for.</source>
        <translation>Пусть владелец попробует новый код на телефоне с тем номером, для которого он создан.</translation>
    </message>
    <message>
        <source>WhatsApp asks for a passkey</source>
        <translation>WhatsApp просит ключ доступа</translation>
    </message>
    <message>
        <source>The owner&apos;s account is protected by one.</source>
        <translation>Им защищён аккаунт владельца.</translation>
    </message>
    <message>
        <source>The owner confirms on the phone, or turns the passkey off for the time of linking.</source>
        <translation>Владелец подтверждает на телефоне или отключает ключ доступа на время привязки.</translation>
    </message>
    <message>
        <source>This number is not on WhatsApp</source>
        <translation>Этого номера нет в WhatsApp</translation>
    </message>
    <message>
        <source>WhatsApp knows no such account.</source>
        <translation>WhatsApp не знает такого аккаунта.</translation>
    </message>
    <message>
        <source>Check the number.</source>
        <translation>Проверьте номер.</translation>
    </message>
    <message>
        <source>WhatsApp did not take the message</source>
        <translation>WhatsApp не принял сообщение</translation>
    </message>
    <message>
        <source>It declined what was to be sent.</source>
        <translation>Он отклонил то, что отправляли.</translation>
    </message>
    <message>
        <source>See the session&apos;s state, then try again.</source>
        <translation>Посмотрите состояние сессии и попробуйте снова.</translation>
    </message>
    <message>
        <source>The number is open elsewhere</source>
        <translation>Номер открыт в другом месте</translation>
    </message>
    <message>
        <source>Another service has connected this number, and only one may.</source>
        <translation>Этот номер подключил другой сервис, а можно только одному.</translation>
    </message>
    <message>
        <source>Ask the owner to end the other service, then link again.</source>
        <translation>Попросите владельца отключить другой сервис и привяжите заново.</translation>
    </message>
    <message>
        <source>Unlinked on the phone</source>
        <translation>Отвязан на телефоне</translation>
    </message>
    <message>
        <source>The owner removed the linked device, or the phone was away for too long.</source>
        <translation>Владелец удалил связанное устройство, или телефона слишком долго не было в сети.</translation>
    </message>
    <message>
        <source>Send the owner the link: the phone has to be linked again.</source>
        <translation>Отправьте владельцу ссылку: телефон нужно привязать заново.</translation>
    </message>
    <message>
        <source>WhatsApp has restricted this number</source>
        <translation>WhatsApp ограничил этот номер</translation>
    </message>
    <message>
        <source>The account broke WhatsApp&apos;s rules, as WhatsApp sees it.</source>
        <translation>По мнению WhatsApp, аккаунт нарушил его правила.</translation>
    </message>
    <message>
        <source>The owner appeals in WhatsApp; nothing helps from here.</source>
        <translation>Владелец обжалует это в WhatsApp; отсюда ничем не помочь.</translation>
    </message>
    <message>
        <source>WhatsApp has banned the number for a time</source>
        <translation>WhatsApp временно заблокировал номер</translation>
    </message>
    <message>
        <source>It sent or linked too much.</source>
        <translation>С него слишком много отправляли или привязывали.</translation>
    </message>
    <message>
        <source>It comes back by itself when the ban ends. Do not restart before.</source>
        <translation>Вернётся само, когда блокировка кончится. До того не перезапускайте.</translation>
    </message>
    <message>
        <source>WhatsApp wants a newer engine</source>
        <translation>WhatsApp требует новую версию движка</translation>
    </message>
    <message>
        <source>It does not let in the version we run.</source>
        <translation>Нашу версию он больше не пускает.</translation>
    </message>
    <message>
        <source>Update the gateway; sessions come back by themselves then.</source>
        <translation>Обновите шлюз; сессии вернутся сами.</translation>
    </message>
    <message>
        <source>The phone has four linked devices already</source>
        <translation>На телефоне уже четыре связанных устройства</translation>
    </message>
    <message>
        <source>WhatsApp allows no more.</source>
        <translation>Больше WhatsApp не разрешает.</translation>
    </message>
    <message>
        <source>The owner removes one under “Linked devices” and links again.</source>
        <translation>Владелец удаляет одно в «Связанных устройствах» и привязывает снова.</translation>
    </message>
    <message>
        <source>The session&apos;s credentials are damaged</source>
        <translation>Данные для входа сессии повреждены</translation>
    </message>
    <message>
        <source>What was kept of the link cannot be read.</source>
        <translation>Сохранённую связь не удаётся прочитать.</translation>
    </message>
    <message>
        <source>The phone has to be linked again: start the session and show the QR.</source>
        <translation>Телефон нужно привязать заново: запустите сессию и покажите QR.</translation>
    </message>
    <message>
        <source>The engine broke off</source>
        <translation>Движок прервался</translation>
    </message>
    <message>
        <source>The program that speaks to WhatsApp ended unexpectedly.</source>
        <translation>Программа, которая говорит с WhatsApp, неожиданно завершилась.</translation>
    </message>
    <message>
        <source>It is started again by itself; if it happens often, tell the developers the reference.</source>
        <translation>Она запустится снова сама; если это часто, сообщите разработчикам код для поддержки.</translation>
    </message>
    <message>
        <source>The engine is not installed</source>
        <translation>Движок не установлен</translation>
    </message>
    <message>
        <source>The gateway is set to an engine that this machine does not have.</source>
        <translation>В шлюзе выбран движок, которого на этой машине нет.</translation>
    </message>
    <message>
        <source>Install it, or choose another WHATSAPP_POOL.</source>
        <translation>Установите его или выберите другой WHATSAPP_POOL.</translation>
    </message>
    <message>
        <source>The WAHA server does not answer</source>
        <translation>Сервер WAHA не отвечает</translation>
    </message>
    <message>
        <source>WhatsApp itself may be well: the server that carries this session is away.</source>
        <translation>С самим WhatsApp всё может быть в порядке: недоступен сервер, который держит эту сессию.</translation>
    </message>
    <message>
        <source>Look whether its container runs; sessions come back by themselves then.</source>
        <translation>Проверьте, запущен ли его контейнер; сессии потом вернутся сами.</translation>
    </message>
    <message>
        <source>The WAHA server refuses our key</source>
        <translation>Сервер WAHA не принимает наш ключ</translation>
    </message>
    <message>
        <source>The key in WAHA_INSTANCES is not the one the server was started with.</source>
        <translation>Ключ в WAHA_INSTANCES не тот, с которым запущен сервер.</translation>
    </message>
    <message>
        <source>Put the right key there and restart the gateway; the doctor shows which server it is.</source>
        <translation>Впишите верный ключ и перезапустите шлюз; какой это сервер, покажет «Проверка».</translation>
    </message>
    <message>
        <source>Every WAHA server is full</source>
        <translation>Все серверы WAHA заполнены</translation>
    </message>
    <message>
        <source>Each carries as many sessions as WAHA_INSTANCES allows it.</source>
        <translation>Каждый держит столько сессий, сколько ему разрешено в WAHA_INSTANCES.</translation>
    </message>
    <message>
        <source>Add a server, or raise its capacity if it has the memory.</source>
        <translation>Добавьте сервер или увеличьте его capacity, если хватает памяти.</translation>
    </message>
    <message>
        <source>This is no phone number</source>
        <translation>Это не номер телефона</translation>
    </message>
    <message>
        <source>WhatsApp knows no such number.</source>
        <translation>WhatsApp не знает такого номера.</translation>
    </message>
    <message>
        <source>Check the country code and the digits.</source>
        <translation>Проверьте код страны и цифры.</translation>
    </message>
    <message>
        <source>Something broke on our side</source>
        <translation>Ошибка на нашей стороне</translation>
    </message>
    <message>
        <source>The gateway met an error that nobody expected.</source>
        <translation>В шлюзе случилось то, чего никто не ждал.</translation>
    </message>
    <message>
        <source>Try once more; if it stays, hand the reference to the developers: it finds the log.</source>
        <translation>Попробуйте ещё раз; если не поможет, передайте разработчикам код для поддержки: по нему найдут журнал.</translation>
    </message>
    <message>
        <source>The subscription is frozen, or staff stopped the bot</source>
        <translation>Подписка приостановлена, или бота остановили сотрудники</translation>
    </message>
    <message>
        <source>A frozen salon is not activated and its session does not run.</source>
        <translation>Приостановленный салон не активируется, и его сессия не работает.</translation>
    </message>
    <message>
        <source>The owner pays in YCLIENTS; a bot that staff stopped is let run again here.</source>
        <translation>Владелец оплачивает в YCLIENTS; бота, которого остановили сотрудники, возобновляют здесь.</translation>
    </message>
    <message>
        <source>The salon has disconnected</source>
        <translation>Салон отключился</translation>
    </message>
    <message>
        <source>This install has ended at YCLIENTS.</source>
        <translation>Эта установка в YCLIENTS завершена.</translation>
    </message>
    <message>
        <source>The owner presses “Connect” in YCLIENTS to come back.</source>
        <translation>Чтобы вернуться, владелец нажимает «Подключить» в YCLIENTS.</translation>
    </message>
    <message>
        <source>There is no session yet</source>
        <translation>Сессии ещё нет</translation>
    </message>
    <message>
        <source>Nobody has started WhatsApp for this salon.</source>
        <translation>WhatsApp для этого салона никто не запускал.</translation>
    </message>
    <message>
        <source>Start the session.</source>
        <translation>Запустите сессию.</translation>
    </message>
    <message>
        <source>Sessions are not served now</source>
        <translation>Сессии сейчас не обслуживаются</translation>
    </message>
    <message>
        <source>No gateway process owns them at this moment.</source>
        <translation>Сейчас ими не владеет ни один процесс шлюза.</translation>
    </message>
    <message>
        <source>Wait some seconds and try again.</source>
        <translation>Подождите несколько секунд и попробуйте снова.</translation>
    </message>
    <message>
        <source>The gateway&apos;s database does not answer</source>
        <translation>База данных шлюза не отвечает</translation>
    </message>
    <message>
        <source>Nothing was changed.</source>
        <translation>Ничего не изменилось.</translation>
    </message>
    <message>
        <source>Try again; if it lasts, look after Postgres.</source>
        <translation>Попробуйте ещё раз; если не проходит, проверьте Postgres.</translation>
    </message>
    <message>
        <source>The gateway took too long</source>
        <translation>Шлюз не успел</translation>
    </message>
    <message>
        <source>It gave up before the work was done.</source>
        <translation>Он сдался раньше, чем работа была сделана.</translation>
    </message>
    <message>
        <source>Refresh to see what became of it, then try again.</source>
        <translation>Обновите, чтобы увидеть, что вышло, затем попробуйте снова.</translation>
    </message>
    <message>
        <source>The gateway is not set up</source>
        <translation>Шлюз не настроен</translation>
    </message>
    <message>
        <source>A secret that this needs is missing.</source>
        <translation>Не хватает секрета, который для этого нужен.</translation>
    </message>
    <message>
        <source>The doctor names the setting.</source>
        <translation>«Проверка» назовёт настройку.</translation>
    </message>
    <message>
        <source>PARTNER_TOKEN is not set</source>
        <translation>PARTNER_TOKEN не задан</translation>
    </message>
    <message>
        <source>Without it YCLIENTS takes no request of ours.</source>
        <translation>Без него YCLIENTS не примет ни одного нашего запроса.</translation>
    </message>
    <message>
        <source>Set it, as the doctor says.</source>
        <translation>Задайте его, как сказано в «Проверке».</translation>
    </message>
    <message>
        <source>A value does not fit</source>
        <translation>Значение не подходит</translation>
    </message>
    <message>
        <source>The gateway or the console found a field that cannot be so.</source>
        <translation>Шлюз или консоль нашли поле, которое таким быть не может.</translation>
    </message>
    <message>
        <source>Correct what you typed; it is still there.</source>
        <translation>Исправьте введённое; оно на месте.</translation>
    </message>
    <message>
        <source>Not connected</source>
        <translation>Не подключено</translation>
    </message>
    <message>
        <source>There is no live connection to the gateway, so nothing was sent.</source>
        <translation>Со шлюзом нет живой связи, поэтому ничего не отправлено.</translation>
    </message>
    <message>
        <source>Wait until the line at the top says “live”, or press “try now”.</source>
        <translation>Подождите, пока вверху появится «на связи», или нажмите «Повторить сейчас».</translation>
    </message>
    <message>
        <source>The connection broke off</source>
        <translation>Связь оборвалась</translation>
    </message>
    <message>
        <source>The network was cut or the gateway was restarted.</source>
        <translation>Пропала сеть, или шлюз перезапустили.</translation>
    </message>
    <message>
        <source>Not known whether it was done</source>
        <translation>Неизвестно, выполнено ли это</translation>
    </message>
    <message>
        <source>The command was sent, and the connection did not come back in time to ask.</source>
        <translation>Команду отправили, а связь не вернулась вовремя, чтобы спросить.</translation>
    </message>
    <message>
        <source>When the line is live again, see what became of it before you repeat it.</source>
        <translation>Когда связь вернётся, посмотрите, что вышло, прежде чем повторять.</translation>
    </message>
    <message>
        <source>Read-only</source>
        <translation>Только чтение</translation>
    </message>
    <message>
        <source>This is production, and it is locked so that a slip of the hand does nothing.</source>
        <translation>Это боевая среда, и она заблокирована, чтобы случайное нажатие ничего не сделало.</translation>
    </message>
    <message>
        <source>Unlock it at the top of the window: it stays so for 15 minutes.</source>
        <translation>Разблокируйте её вверху окна: она останется открытой 15 минут.</translation>
    </message>
    <message>
        <source>The gateway&apos;s answer cannot be read</source>
        <translation>Ответ шлюза не прочитать</translation>
    </message>
    <message>
        <source>It was cut short, or gateway and console are of versions that do not fit.</source>
        <translation>Он оборван, или версии шлюза и консоли не подходят друг другу.</translation>
    </message>
    <message>
        <source>Try again; if it stays, update both to the same version.</source>
        <translation>Попробуйте ещё раз; если не поможет, обновите обе до одной версии.</translation>
    </message>
    <message>
        <source>This is no address of a gateway</source>
        <translation>Это не адрес шлюза</translation>
    </message>
    <message>
        <source>It has to look like https://gateway.example.com, without user name and password.</source>
        <translation>Он должен выглядеть как https://gateway.example.com, без имени и пароля.</translation>
    </message>
    <message>
        <source>Correct the address; what you typed is still there.</source>
        <translation>Исправьте адрес; введённое на месте.</translation>
    </message>
    <message>
        <source>The address has to begin with https</source>
        <translation>Адрес должен начинаться с https</translation>
    </message>
    <message>
        <source>Over http anybody on the way could read your token; it is allowed for this machine only.</source>
        <translation>По http ваш токен прочитал бы любой на пути; так можно только к этой машине.</translation>
    </message>
    <message>
        <source>Write https:// in the address.</source>
        <translation>Напишите в адресе https://.</translation>
    </message>
    <message>
        <source>There is no such name in the network</source>
        <translation>Такого имени в сети нет</translation>
    </message>
    <message>
        <source>The address is mistyped, or this machine has no network now.</source>
        <translation>Адрес введён с ошибкой, или на этой машине сейчас нет сети.</translation>
    </message>
    <message>
        <source>Check the address and the network. It is tried again by itself.</source>
        <translation>Проверьте адрес и сеть. Пробуем снова сами.</translation>
    </message>
    <message>
        <source>Nobody answers at this address</source>
        <translation>По этому адресу никто не отвечает</translation>
    </message>
    <message>
        <source>The machine is there, but no gateway runs on that port.</source>
        <translation>Машина на месте, но на этом порту шлюза нет.</translation>
    </message>
    <message>
        <source>Check the port, or start the gateway. It is tried again by itself.</source>
        <translation>Проверьте порт или запустите шлюз. Пробуем снова сами.</translation>
    </message>
    <message>
        <source>The gateway does not answer in time</source>
        <translation>Шлюз не отвечает вовремя</translation>
    </message>
    <message>
        <source>It is overloaded, or something between swallows the connection.</source>
        <translation>Он перегружен, или что-то по пути глотает соединение.</translation>
    </message>
    <message>
        <source>The gateway cannot be reached</source>
        <translation>До шлюза не достучаться</translation>
    </message>
    <message>
        <source>No connection could be opened to this address.</source>
        <translation>С этим адресом не удалось открыть соединение.</translation>
    </message>
    <message>
        <source>Check the address and your network. It is tried again by itself.</source>
        <translation>Проверьте адрес и свою сеть. Пробуем снова сами.</translation>
    </message>
    <message>
        <source>The gateway is not there for the moment</source>
        <translation>Шлюза сейчас нет на месте</translation>
    </message>
    <message>
        <source>What stands before it answers {status}: it is being restarted, or it is down.</source>
        <translation>То, что стоит перед ним, отвечает {status}: его перезапускают, или он не работает.</translation>
    </message>
    <message>
        <source>It is tried again by itself; if it lasts, look after the gateway.</source>
        <translation>Пробуем снова сами; если не проходит, проверьте шлюз.</translation>
    </message>
    <message>
        <source>No gateway lives at this address</source>
        <translation>По этому адресу нет шлюза</translation>
    </message>
    <message>
        <source>Something answers there, but it does not know consoles.</source>
        <translation>Там что-то отвечает, но о консолях не знает.</translation>
    </message>
    <message>
        <source>Check the address: it is the gateway&apos;s own, without a path.</source>
        <translation>Проверьте адрес: нужен адрес самого шлюза, без пути.</translation>
    </message>
    <message>
        <source>The gateway&apos;s certificate is not accepted</source>
        <translation>Сертификат шлюза не принят</translation>
    </message>
    <message>
        <source>The secure connection failed: {detail}.</source>
        <translation>Защищённое соединение не удалось: {detail}.</translation>
    </message>
    <message>
        <source>Check the name in the address and this machine&apos;s clock; else the certificate has to be renewed. Your token was not sent.</source>
        <translation>Проверьте имя в адресе и часы этой машины; иначе сертификат нужно обновить. Ваш токен не отправляли.</translation>
    </message>
    <message>
        <source>A reason is needed</source>
        <translation>Нужна причина</translation>
    </message>
    <message>
        <source>Three to 500 characters: others will read in the audit why it was done.</source>
        <translation>От 3 до 500 знаков: по журналу другие поймут, почему это сделано.</translation>
    </message>
    <message>
        <source>Write the reason; nothing was sent.</source>
        <translation>Напишите причину; ничего не отправлено.</translation>
    </message>
    <message>
        <source>Three to 40 characters, with the country code.</source>
        <translation>От 3 до 40 знаков, с кодом страны.</translation>
    </message>
    <message>
        <source>Correct it; nothing was sent.</source>
        <translation>Исправьте; ничего не отправлено.</translation>
    </message>
    <message>
        <source>The profile needs a name</source>
        <translation>Профилю нужно имя</translation>
    </message>
    <message>
        <source>One to 100 characters.</source>
        <translation>От 1 до 100 знаков.</translation>
    </message>
    <message>
        <source>Type a name; nothing is lost.</source>
        <translation>Введите имя; ничего не потеряно.</translation>
    </message>
    <message>
        <source>This file holds no profiles</source>
        <translation>В этом файле нет профилей</translation>
    </message>
    <message>
        <source>It was not written by “Export profiles”.</source>
        <translation>Его записала не «Выгрузка профилей».</translation>
    </message>
    <message>
        <source>Choose another file.</source>
        <translation>Выберите другой файл.</translation>
    </message>
    <message>
        <source>The file cannot be read</source>
        <translation>Файл не прочитать</translation>
    </message>
    <message>
        <source>It is damaged, or it is not yours to read.</source>
        <translation>Он повреждён, или у вас нет прав на чтение.</translation>
    </message>
    <message>
        <source>Choose another file, or export it again.</source>
        <translation>Выберите другой файл или выгрузите его снова.</translation>
    </message>
    <message>
        <source>The file could not be written</source>
        <translation>Файл не записать</translation>
    </message>
    <message>
        <source>The folder is not writable, or the disk is full.</source>
        <translation>В папку нельзя писать, или диск полон.</translation>
    </message>
    <message>
        <source>Choose another place.</source>
        <translation>Выберите другое место.</translation>
    </message>
    <message>
        <source>The system did not take it</source>
        <translation>Система не приняла настройку</translation>
    </message>
    <message>
        <source>The folder or the registry that says what opens which links is not writable.</source>
        <translation>Папка или реестр, где записано, чем открывать ссылки, недоступны для записи.</translation>
    </message>
    <message>
        <source>Links can be pasted into the search (Ctrl+K) as well.</source>
        <translation>Ссылку можно вставить и в поиск (Ctrl+K).</translation>
    </message>
    <message>
        <source>The settings were damaged</source>
        <translation>Настройки были повреждены</translation>
    </message>
    <message>
        <source>They could not be read; they are kept as {file}, and new ones were begun.</source>
        <translation>Их не удалось прочитать; они сохранены как {file}, начаты новые.</translation>
    </message>
    <message>
        <source>Import your profiles again, or repair that file.</source>
        <translation>Загрузите профили снова или исправьте тот файл.</translation>
    </message>
    <message>
        <source>The settings could not be saved</source>
        <translation>Настройки не сохранились</translation>
    </message>
    <message>
        <source>The disk is full, or the folder is not writable.</source>
        <translation>Диск полон, или в папку нельзя писать.</translation>
    </message>
    <message>
        <source>Make room; they are kept until the program ends.</source>
        <translation>Освободите место; они действуют, пока программа открыта.</translation>
    </message>
    <message>
        <source>The token is kept for this run only</source>
        <translation>Токен помнится только до выхода</translation>
    </message>
    <message>
        <source>This machine has no keychain, and a file is no place for a token.</source>
        <translation>На этой машине нет хранилища паролей, а файл для токена не место.</translation>
    </message>
    <message>
        <source>Install a keychain (on Linux a Secret Service), or type it again next time.</source>
        <translation>Установите хранилище (в Linux это Secret Service) или введите токен в следующий раз снова.</translation>
    </message>
    <message>
        <source>Unknown: {code}</source>
        <translation>Неизвестно: {code}</translation>
    </message>
    <message>
        <source>This console does not know the code.</source>
        <translation>Эта консоль не знает такого кода.</translation>
    </message>
    <message>
        <source>Update the console, or hand the code to the developers.</source>
        <translation>Обновите консоль или передайте код разработчикам.</translation>
    </message>
</context>
<context>
    <name>FixPanel</name>
    <message>
        <source>Start…</source>
        <translation>Запустить…</translation>
    </message>
    <message>
        <source>Stop</source>
        <translation>Остановить</translation>
    </message>
    <message>
        <source>Not now</source>
        <translation>Не сейчас</translation>
    </message>
    <message>
        <source>Show more</source>
        <translation>Показать ещё</translation>
    </message>
    <message>
        <source>Close; what was started goes on</source>
        <translation>Закрыть; начатое продолжится</translation>
    </message>
    <message>
        <source>Progress</source>
        <translation>Ход работы</translation>
    </message>
    <message>
        <source>{salons}, about {time} at YCLIENTS&apos; limits.</source>
        <translation>{salons}, примерно {time} по ограничениям YCLIENTS.</translation>
    </message>
    <message>
        <source>Started by {staff}</source>
        <translation>Начато: {staff}</translation>
    </message>
    <message>
        <source>{done} of {total}</source>
        <translation>{done} из {total}</translation>
    </message>
    <message>
        <source>about {time} left</source>
        <translation>осталось примерно {time}</translation>
    </message>
    <message>
        <source>The report, salon by salon</source>
        <translation>Отчёт по салонам</translation>
    </message>
    <message>
        <source>A sample of the salons</source>
        <translation>Часть салонов для примера</translation>
    </message>
    <message>
        <source>{verb}: {salons}?</source>
        <translation>{verb}: {salons}?</translation>
    </message>
    <message>
        <source>Under way at YCLIENTS</source>
        <translation>В очереди к YCLIENTS</translation>
    </message>
</context>
<context>
    <name>Guide</name>
    <message>
        <source>Connect to your gateway</source>
        <translation>Подключитесь к своему шлюзу</translation>
    </message>
    <message>
        <source>Paste the gateway&apos;s address and your personal token: an administrator gives you both. The token is kept in this computer&apos;s keychain. “Test” says whether they fit.</source>
        <translation>Вставьте адрес шлюза и свой личный токен: и то и другое даёт администратор. Токен хранится в связке ключей этого компьютера. «Проверить» скажет, подходят ли они.</translation>
    </message>
    <message>
        <source>Enter address and token</source>
        <translation>Ввести адрес и токен</translation>
    </message>
    <message>
        <source>Or try it where nothing is real</source>
        <translation>Или попробуйте там, где всё ненастоящее</translation>
    </message>
    <message>
        <source>In the project&apos;s folder run the command below: it starts a gateway, a sandbox in YCLIENTS&apos; place and simulated phones. Then run “python3 dev.py console” there: it signs in by itself.</source>
        <translation>Выполните в папке проекта команду ниже: она запустит шлюз, песочницу вместо YCLIENTS и телефоны-симуляторы. Затем там же выполните «python3 dev.py console»: консоль войдёт сама.</translation>
    </message>
    <message>
        <source>Copy the command</source>
        <translation>Скопировать команду</translation>
    </message>
    <message>
        <source>Watch an install</source>
        <translation>Следите за подключением</translation>
    </message>
    <message>
        <source>Every salon is a line, those that are stuck first. Enter opens one: its whole story, live.</source>
        <translation>Каждый салон — строка, застрявшие сверху. Enter открывает салон: вся его история, вживую.</translation>
    </message>
    <message>
        <source>Show the installs</source>
        <translation>Показать салоны</translation>
    </message>
    <message>
        <source>Show a QR</source>
        <translation>Покажите QR</translation>
    </message>
    <message>
        <source>Open a salon that waits for its phone, then “Show QR”. Each look is written down. The owner can also get a link, or a code by phone.</source>
        <translation>Откройте салон, который ждёт телефона, и нажмите «Показать QR». Каждый показ записывается. Владельцу можно дать и ссылку или код по телефону.</translation>
    </message>
    <message>
        <source>Show who is linking</source>
        <translation>Показать, кто привязывает</translation>
    </message>
    <message>
        <source>Retry a failed call</source>
        <translation>Повторите неудачный вызов</translation>
    </message>
    <message>
        <source>The queue shows what YCLIENTS refused, in words and with advice. Retry is always a new attempt and harms nothing.</source>
        <translation>В очереди видно, в чём отказал YCLIENTS, — словами и с советом. Повтор — всегда новая попытка, и он ничему не вредит.</translation>
    </message>
    <message>
        <source>Show the failed calls</source>
        <translation>Показать неудачные вызовы</translation>
    </message>
    <message>
        <source>Check the token</source>
        <translation>Проверьте токен</translation>
    </message>
    <message>
        <source>Asks YCLIENTS whether PARTNER_TOKEN is accepted and looks through the configuration; what is wrong is said with what to do.</source>
        <translation>Спрашивает YCLIENTS, принимает ли он PARTNER_TOKEN, и просматривает настройки; о том, что не так, сказано вместе с тем, что делать.</translation>
    </message>
    <message>
        <source>Check now</source>
        <translation>Проверить сейчас</translation>
    </message>
    <message>
        <source>The first minutes</source>
        <translation>Первые минуты</translation>
    </message>
    <message>
        <source>Two ways to begin, then the four jobs. You find this again in the Help menu.</source>
        <translation>Два способа начать, затем четыре задачи. Позже это найдётся в меню «Справка».</translation>
    </message>
    <message>
        <source>Command</source>
        <translation>Команда</translation>
    </message>
    <message>
        <source>First connect to a gateway.</source>
        <translation>Сначала подключитесь к шлюзу.</translation>
    </message>
    <message>
        <source>Copied.</source>
        <translation>Скопировано.</translation>
    </message>
    <message>
        <source>Show this at every start while no gateway is known</source>
        <translation>Показывать при запуске, пока нет ни одного шлюза</translation>
    </message>
    <message>
        <source>Close</source>
        <translation>Закрыть</translation>
    </message>
</context>
<context>
    <name>Handing</name>
    <message>
        <source>Salon {salon}, call {call} ({kind})</source>
        <translation>Салон {salon}, вызов {call} ({kind})</translation>
    </message>
    <message>
        <source>State: {state}, attempts: {count}</source>
        <translation>Состояние: {state}, попыток: {count}</translation>
    </message>
    <message>
        <source>YCLIENTS&apos; words: {text}</source>
        <translation>Слова YCLIENTS: {text}</translation>
    </message>
</context>
<context>
    <name>Keys</name>
    <message>
        <source>Everywhere</source>
        <translation>Везде</translation>
    </message>
    <message>
        <source>In the main window</source>
        <translation>В главном окне</translation>
    </message>
    <message>
        <source>In a list</source>
        <translation>В списке</translation>
    </message>
    <message>
        <source>In a salon</source>
        <translation>В салоне</translation>
    </message>
    <message>
        <source>In the main window&apos;s salon</source>
        <translation>В салоне главного окна</translation>
    </message>
    <message>
        <source>In a salon&apos;s own window</source>
        <translation>В отдельном окне салона</translation>
    </message>
    <message>
        <source>In a field</source>
        <translation>В поле ввода</translation>
    </message>
    <message>
        <source>Keys</source>
        <translation>Клавиши</translation>
    </message>
    <message>
        <source>Close</source>
        <translation>Закрыть</translation>
    </message>
    <message>
        <source>Installs</source>
        <translation>Установки</translation>
    </message>
    <message>
        <source>Queue of calls to YCLIENTS</source>
        <translation>Очередь вызовов YCLIENTS</translation>
    </message>
    <message>
        <source>Check of the configuration</source>
        <translation>Проверка настроек шлюза</translation>
    </message>
    <message>
        <source>Alarms</source>
        <translation>Тревоги</translation>
    </message>
    <message>
        <source>Webhooks of YCLIENTS</source>
        <translation>Вебхуки YCLIENTS</translation>
    </message>
    <message>
        <source>Sessions and processes</source>
        <translation>Сессии и процессы</translation>
    </message>
    <message>
        <source>Theirs against ours</source>
        <translation>Сверка с YCLIENTS</translation>
    </message>
    <message>
        <source>Overview of a period</source>
        <translation>Обзор за период</translation>
    </message>
    <message>
        <source>What staff did</source>
        <translation>Журнал: что делали сотрудники</translation>
    </message>
    <message>
        <source>Members of staff</source>
        <translation>Сотрудники</translation>
    </message>
    <message>
        <source>Settings</source>
        <translation>Настройки</translation>
    </message>
    <message>
        <source>Find a salon or do anything, from anywhere</source>
        <translation>Найти салон или действие откуда угодно</translation>
    </message>
    <message>
        <source>Search in this view</source>
        <translation>Поиск в этом разделе</translation>
    </message>
    <message>
        <source>Save this list as a table</source>
        <translation>Сохранить список таблицей</translation>
    </message>
    <message>
        <source>Save the view, and saved views</source>
        <translation>Сохранить вид; сохранённые виды</translation>
    </message>
    <message>
        <source>Read everything again</source>
        <translation>Прочитать всё заново</translation>
    </message>
    <message>
        <source>Back: empty the field, close the salon</source>
        <translation>Назад: очистить поле, закрыть салон</translation>
    </message>
    <message>
        <source>This sheet</source>
        <translation>Эта памятка</translation>
    </message>
    <message>
        <source>Larger text</source>
        <translation>Крупнее</translation>
    </message>
    <message>
        <source>Smaller text</source>
        <translation>Мельче</translation>
    </message>
    <message>
        <source>Text of the usual size</source>
        <translation>Обычный размер текста</translation>
    </message>
    <message>
        <source>To the next pane</source>
        <translation>К следующей панели</translation>
    </message>
    <message>
        <source>Quit</source>
        <translation>Выйти</translation>
    </message>
    <message>
        <source>Open the salon</source>
        <translation>Открыть салон</translation>
    </message>
    <message>
        <source>Open the salon in the whole window</source>
        <translation>Открыть салон во всё окно</translation>
    </message>
    <message>
        <source>What the row offers: retry, QR, check</source>
        <translation>Действие строки: повторить, QR, сверить</translation>
    </message>
    <message>
        <source>Copy the salon&apos;s number</source>
        <translation>Скопировать номер салона</translation>
    </message>
    <message>
        <source>Select all loaded rows</source>
        <translation>Выделить все загруженные строки</translation>
    </message>
    <message>
        <source>Take back a pause or a disconnection, for 10 s</source>
        <translation>Отменить паузу или отключение, в течение 10 с</translation>
    </message>
    <message>
        <source>Salon: whole window and back</source>
        <translation>Салон: во всё окно и обратно</translation>
    </message>
    <message>
        <source>Salon: in a window of its own</source>
        <translation>Салон: в отдельном окне</translation>
    </message>
    <message>
        <source>Close this window</source>
        <translation>Закрыть это окно</translation>
    </message>
    <message>
        <source>To the main window</source>
        <translation>В главное окно</translation>
    </message>
    <message>
        <source>Take back what was typed</source>
        <translation>Отменить набранное</translation>
    </message>
    <message>
        <source>Type it again</source>
        <translation>Вернуть набранное</translation>
    </message>
    <message>
        <source>Cut</source>
        <translation>Вырезать</translation>
    </message>
    <message>
        <source>Copy</source>
        <translation>Скопировать</translation>
    </message>
    <message>
        <source>Paste</source>
        <translation>Вставить</translation>
    </message>
    <message>
        <source>Select the whole text</source>
        <translation>Выделить весь текст</translation>
    </message>
</context>
<context>
    <name>Links</name>
    <message>
        <source>Links</source>
        <translation>Ссылки</translation>
    </message>
    <message>
        <source>Open admin:// links with this program</source>
        <translation>Открывать ссылки admin:// этой программой</translation>
    </message>
    <message>
        <source>A link such as admin://install/123 in a message then opens the salon here. It is set for you alone; without the tick, what opened such links before opens them again.</source>
        <translation>Ссылка вида admin://install/123 из сообщения откроет салон здесь. Настройка действует только для вас; снимите галочку, и ссылки снова откроет прежняя программа.</translation>
    </message>
    <message>
        <source>One moment…</source>
        <translation>Секунду…</translation>
    </message>
</context>
<context>
    <name>Menu</name>
    <message>
        <source>&amp;Undo</source>
        <translation>&amp;Отменить</translation>
    </message>
    <message>
        <source>&amp;Redo</source>
        <translation>&amp;Вернуть</translation>
    </message>
    <message>
        <source>Cu&amp;t</source>
        <translation>В&amp;ырезать</translation>
    </message>
    <message>
        <source>&amp;Copy</source>
        <translation>&amp;Копировать</translation>
    </message>
    <message>
        <source>&amp;Paste</source>
        <translation>Вст&amp;авить</translation>
    </message>
    <message>
        <source>Select &amp;all</source>
        <translation>Выделить в&amp;сё</translation>
    </message>
    <message>
        <source>As the system</source>
        <translation>Как в системе</translation>
    </message>
    <message>
        <source>Light</source>
        <translation>Светлая</translation>
    </message>
    <message>
        <source>Dark</source>
        <translation>Тёмная</translation>
    </message>
    <message>
        <source>Comfortable rows</source>
        <translation>Просторные строки</translation>
    </message>
    <message>
        <source>Compact rows</source>
        <translation>Плотные строки</translation>
    </message>
    <message>
        <source>&amp;File</source>
        <translation>&amp;Файл</translation>
    </message>
    <message>
        <source>Connect to a gateway…</source>
        <translation>Подключиться к шлюзу…</translation>
    </message>
    <message>
        <source>Disconnect</source>
        <translation>Отключиться</translation>
    </message>
    <message>
        <source>Settings…</source>
        <translation>Настройки…</translation>
    </message>
    <message>
        <source>Save this list…</source>
        <translation>Сохранить список…</translation>
    </message>
    <message>
        <source>Quit</source>
        <translation>Выйти</translation>
    </message>
    <message>
        <source>&amp;Edit</source>
        <translation>&amp;Правка</translation>
    </message>
    <message>
        <source>Search in this view</source>
        <translation>Поиск в этом разделе</translation>
    </message>
    <message>
        <source>Find a salon or an action…</source>
        <translation>Найти салон или действие…</translation>
    </message>
    <message>
        <source>&amp;View</source>
        <translation>&amp;Вид</translation>
    </message>
    <message>
        <source>Close this window</source>
        <translation>Закрыть это окно</translation>
    </message>
    <message>
        <source>To the main window</source>
        <translation>В главное окно</translation>
    </message>
    <message>
        <source>Installs</source>
        <translation>Установки</translation>
    </message>
    <message>
        <source>Queue</source>
        <translation>Очередь</translation>
    </message>
    <message>
        <source>Check</source>
        <translation>Проверка</translation>
    </message>
    <message>
        <source>Theirs against ours</source>
        <translation>Сверка с YCLIENTS</translation>
    </message>
    <message>
        <source>Alarms</source>
        <translation>Тревоги</translation>
    </message>
    <message>
        <source>Webhooks</source>
        <translation>Вебхуки</translation>
    </message>
    <message>
        <source>Sessions</source>
        <translation>Сессии</translation>
    </message>
    <message>
        <source>Overview</source>
        <translation>Обзор</translation>
    </message>
    <message>
        <source>Audit</source>
        <translation>Журнал</translation>
    </message>
    <message>
        <source>Staff</source>
        <translation>Сотрудники</translation>
    </message>
    <message>
        <source>Save the view…</source>
        <translation>Сохранить вид…</translation>
    </message>
    <message>
        <source>Saved views</source>
        <translation>Сохранённые виды</translation>
    </message>
    <message>
        <source>Read everything again</source>
        <translation>Прочитать всё заново</translation>
    </message>
    <message>
        <source>Columns follow the window</source>
        <translation>Столбцы по ширине окна</translation>
    </message>
    <message>
        <source>In a window of its own</source>
        <translation>В отдельном окне</translation>
    </message>
    <message>
        <source>Larger text</source>
        <translation>Крупнее</translation>
    </message>
    <message>
        <source>Smaller text</source>
        <translation>Мельче</translation>
    </message>
    <message>
        <source>Text of the usual size</source>
        <translation>Обычный размер</translation>
    </message>
    <message>
        <source>Theme</source>
        <translation>Тема</translation>
    </message>
    <message>
        <source>Density</source>
        <translation>Плотность</translation>
    </message>
    <message>
        <source>Language</source>
        <translation>Язык</translation>
    </message>
    <message>
        <source>&amp;Salon</source>
        <translation>&amp;Салон</translation>
    </message>
    <message>
        <source>Open</source>
        <translation>Открыть</translation>
    </message>
    <message>
        <source>Whole window and back</source>
        <translation>Во всё окно и обратно</translation>
    </message>
    <message>
        <source>Close</source>
        <translation>Закрыть</translation>
    </message>
    <message>
        <source>Do what the row offers</source>
        <translation>Выполнить действие строки</translation>
    </message>
    <message>
        <source>Copy the salon&apos;s number</source>
        <translation>Скопировать номер салона</translation>
    </message>
    <message>
        <source>Copy a link for colleagues</source>
        <translation>Скопировать ссылку для коллег</translation>
    </message>
    <message>
        <source>Take back what was just done</source>
        <translation>Отменить только что сделанное</translation>
    </message>
    <message>
        <source>Personal data…</source>
        <translation>Личные данные…</translation>
    </message>
    <message>
        <source>&amp;Help</source>
        <translation>Сп&amp;равка</translation>
    </message>
    <message>
        <source>Keys</source>
        <translation>Клавиши</translation>
    </message>
    <message>
        <source>The first minutes</source>
        <translation>Первые минуты</translation>
    </message>
    <message>
        <source>About the console</source>
        <translation>О консоли</translation>
    </message>
</context>
<context>
    <name>Navigation</name>
    <message>
        <source>Installs</source>
        <translation>Установки</translation>
    </message>
    <message>
        <source>Queue</source>
        <translation>Очередь</translation>
    </message>
    <message>
        <source>Check</source>
        <translation>Проверка</translation>
    </message>
    <message>
        <source>Sync</source>
        <translation>Сверка</translation>
    </message>
    <message>
        <source>Alarms</source>
        <translation>Тревоги</translation>
    </message>
    <message>
        <source>Webhooks</source>
        <translation>Вебхуки</translation>
    </message>
    <message>
        <source>Sessions</source>
        <translation>Сессии</translation>
    </message>
    <message>
        <source>Overview</source>
        <translation>Обзор</translation>
    </message>
    <message>
        <source>Audit</source>
        <translation>Журнал</translation>
    </message>
    <message>
        <source>Staff</source>
        <translation>Сотрудники</translation>
    </message>
    <message>
        <source>Settings</source>
        <translation>Настройки</translation>
    </message>
    <message>
        <source>Views</source>
        <translation>Разделы</translation>
    </message>
</context>
<context>
    <name>NextStep</name>
    <message>
        <source>Owner: link the phone</source>
        <translation>Владелец: привязать телефон</translation>
    </message>
    <message>
        <source>Owner: finish linking</source>
        <translation>Владелец: завершить привязку</translation>
    </message>
    <message>
        <source>Owner: link the phone again</source>
        <translation>Владелец: привязать заново</translation>
    </message>
    <message>
        <source>Ask the owner: is the new number right?</source>
        <translation>Спросить владельца: новый номер верный?</translation>
    </message>
    <message>
        <source>Wait for the ban to end</source>
        <translation>Ждать конца блокировки</translation>
    </message>
    <message>
        <source>Owner: press “Connect” again</source>
        <translation>Владелец: снова «Подключить»</translation>
    </message>
    <message>
        <source>Owner: pay in YCLIENTS</source>
        <translation>Владелец: оплатить в YCLIENTS</translation>
    </message>
    <message>
        <source>Retry the activation</source>
        <translation>Повторить активацию</translation>
    </message>
    <message>
        <source>Let the bot run again</source>
        <translation>Возобновить работу бота</translation>
    </message>
    <message>
        <source>Update the engine</source>
        <translation>Обновить движок</translation>
    </message>
    <message>
        <source>The connection comes back by itself</source>
        <translation>Связь восстановится сама</translation>
    </message>
    <message>
        <source>Wait for YCLIENTS</source>
        <translation>Ждать YCLIENTS</translation>
    </message>
    <message>
        <source>Nothing to do</source>
        <translation>Ничего не нужно</translation>
    </message>
</context>
<context>
    <name>Notices</name>
    <message>
        <source>Show</source>
        <translation>Показать</translation>
    </message>
    <message>
        <source>Put away</source>
        <translation>Убрать</translation>
    </message>
    <message>
        <source>Alarm: {title}</source>
        <translation>Тревога: {title}</translation>
    </message>
    <message>
        <source>Sent.</source>
        <translation>Отправлено.</translation>
    </message>
    <message>
        <source>{text}</source>
        <translation>{text}</translation>
    </message>
    <message>
        <source>Copied.</source>
        <translation>Скопировано.</translation>
    </message>
    <message>
        <source>The call of {salon} is being tried again.</source>
        <translation>{salon}: вызов повторяется.</translation>
    </message>
    <message>
        <source>{salon}: YCLIENTS says the same as we do.</source>
        <translation>{salon}: данные YCLIENTS и наши совпадают.</translation>
    </message>
    <message>
        <source>{salon}: brought in line with YCLIENTS.</source>
        <translation>{salon}: привели в соответствие с YCLIENTS.</translation>
    </message>
    <message>
        <source>Connected to {profile}.</source>
        <translation>Подключено: {profile}.</translation>
    </message>
    <message>
        <source>There is no profile of the name {name}.</source>
        <translation>Профиля с названием {name} нет.</translation>
    </message>
    <message>
        <source>{most} salons have windows of their own already. Close one of them first.</source>
        <translation>Отдельных окон уже {most}, больше не открыть. Сначала закройте одно из них.</translation>
    </message>
    <message>
        <source>This link leads nowhere in the console: {link}</source>
        <translation>Эта ссылка никуда не ведёт: {link}</translation>
    </message>
</context>
<context>
    <name>Offline</name>
    <message>
        <source>Try again now</source>
        <translation>Повторить сейчас</translation>
    </message>
    <message>
        <source>The connection to the gateway is lost.</source>
        <translation>Связь со шлюзом потеряна.</translation>
    </message>
    <message>
        <source>What you see is as of {time}.</source>
        <translation>Данные на {time}.</translation>
    </message>
    <message>
        <source>Next try in {time}.</source>
        <translation>Следующая попытка через {time}.</translation>
    </message>
</context>
<context>
    <name>Overview</name>
    <message>
        <source>Came from the marketplace</source>
        <translation>Пришли из маркетплейса</translation>
    </message>
    <message>
        <source>Saw a QR or a code</source>
        <translation>Увидели QR или код</translation>
    </message>
    <message>
        <source>Linked a phone</source>
        <translation>Привязали телефон</translation>
    </message>
    <message>
        <source>Became active</source>
        <translation>Заработали</translation>
    </message>
    <message>
        <source>YCLIENTS</source>
        <translation>YCLIENTS</translation>
    </message>
    <message>
        <source>WhatsApp</source>
        <translation>WhatsApp</translation>
    </message>
    <message>
        <source>{name}: {count}, {share} of all</source>
        <translation>{name}: {count}, {share} от всех</translation>
    </message>
    <message>
        <source>Step</source>
        <translation>Шаг</translation>
    </message>
    <message>
        <source>Installs</source>
        <translation>Установки</translation>
    </message>
    <message>
        <source>Share</source>
        <translation>Доля</translation>
    </message>
    <message>
        <source>{name}: {count}</source>
        <translation>{name}: {count}</translation>
    </message>
    <message>
        <source>Time</source>
        <translation>Время</translation>
    </message>
    <message>
        <source>{side}: {reason}, {count}</source>
        <translation>{side}: {reason}, {count}</translation>
    </message>
    <message>
        <source>Where</source>
        <translation>Где</translation>
    </message>
    <message>
        <source>Cause</source>
        <translation>Причина</translation>
    </message>
    <message>
        <source>Times</source>
        <translation>Раз</translation>
    </message>
    <message>
        <source>{when}: half within {half}, 95 % within {most}; {count}</source>
        <translation>{when}: половина за {half}, 95 % за {most}; {count}</translation>
    </message>
    <message>
        <source>Half within</source>
        <translation>Половина за</translation>
    </message>
    <message>
        <source>95 % within</source>
        <translation>95 % за</translation>
    </message>
    <message>
        <source>Requests</source>
        <translation>Запросы</translation>
    </message>
    <message>
        <source>{when}: {busiest} in the busiest minute; {count}</source>
        <translation>{when}: {busiest} в самую занятую минуту; {count}</translation>
    </message>
    <message>
        <source>Busiest minute</source>
        <translation>Самая занятая минута</translation>
    </message>
    <message>
        <source>limit: {count} a minute</source>
        <translation>предел: {count} в минуту</translation>
    </message>
    <message>
        <source>State</source>
        <translation>Состояние</translation>
    </message>
    <message>
        <source>Sessions</source>
        <translation>Сессии</translation>
    </message>
    <message>
        <source>{number} %</source>
        <translation>{number} %</translation>
    </message>
    <message>
        <source>{number} ms</source>
        <translation>{number} мс</translation>
    </message>
    <message>
        <source>{share} of {count} became active</source>
        <translation>{share} заработали; всего {count}</translation>
    </message>
    <message>
        <source>Half within {half}, 90 % within {most}</source>
        <translation>Половина за {half}, 90 % за {most}</translation>
    </message>
    <message>
        <source>Requests to YCLIENTS: {requests}, ended connections: {closes}</source>
        <translation>Запросы к YCLIENTS: {requests}, обрывы связи: {closes}</translation>
    </message>
    <message>
        <source>Over the period: half within {half}, 95 % within {most}; {count}</source>
        <translation>За период: половина за {half}, 95 % за {most}; {count}</translation>
    </message>
    <message>
        <source>Now: {used} of {limit} in the last minute, with reads of lists</source>
        <translation>Сейчас: {used} из {limit} за последнюю минуту, вместе с чтением списков</translation>
    </message>
    <message numerus="yes">
        <source>%n sessions</source>
        <translation>
            <numerusform>%n сессия</numerusform>
            <numerusform>%n сессии</numerusform>
            <numerusform>%n сессий</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n installs</source>
        <translation>
            <numerusform>%n установка</numerusform>
            <numerusform>%n установки</numerusform>
            <numerusform>%n установок</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n requests</source>
        <translation>
            <numerusform>%n запрос</numerusform>
            <numerusform>%n запроса</numerusform>
            <numerusform>%n запросов</numerusform>
        </translation>
    </message>
    <message>
        <source>over {time}</source>
        <translation>больше {time}</translation>
    </message>
    <message>
        <source>up to {time}</source>
        <translation>до {time}</translation>
    </message>
    <message>
        <source>{begin} to {end}</source>
        <translation>от {begin} до {end}</translation>
    </message>
    <message>
        <source>Hour</source>
        <translation>Час</translation>
    </message>
    <message>
        <source>Day</source>
        <translation>День</translation>
    </message>
    <message>
        <source>From the redirect to active</source>
        <translation>От перехода до работы</translation>
    </message>
    <message>
        <source>installs that were opened in the period</source>
        <translation>установки, открытые за период</translation>
    </message>
    <message>
        <source>Nobody came from the marketplace in these days. Press “Connect” in the sandbox to try it.</source>
        <translation>В эти дни никто не пришёл из маркетплейса. Чтобы попробовать, нажмите «Подключить» в песочнице.</translation>
    </message>
    <message>
        <source>Time to active</source>
        <translation>Время до работы</translation>
    </message>
    <message>
        <source>installs that became active in the period, by how long they took</source>
        <translation>установки, заработавшие за период, по времени от перехода</translation>
    </message>
    <message>
        <source>No install became active in this period. Choose a longer one.</source>
        <translation>За этот период ни одна установка не заработала. Выберите период длиннее.</translation>
    </message>
    <message>
        <source>Failures by cause</source>
        <translation>Сбои по причинам</translation>
    </message>
    <message>
        <source>requests to YCLIENTS that were not accepted, WhatsApp connections that ended</source>
        <translation>непринятые запросы к YCLIENTS и обрывы связи с WhatsApp</translation>
    </message>
    <message>
        <source>Nothing failed in this period.</source>
        <translation>За этот период сбоев не было.</translation>
    </message>
    <message>
        <source>Answers of YCLIENTS</source>
        <translation>Ответы YCLIENTS</translation>
    </message>
    <message>
        <source>milliseconds: filled, half of the requests; outlined, 95 % of them</source>
        <translation>миллисекунды: закрашено — половина запросов, контуром — 95 %</translation>
    </message>
    <message>
        <source>Nothing was asked of YCLIENTS for an install in this period.</source>
        <translation>За этот период для установок к YCLIENTS не обращались.</translation>
    </message>
    <message>
        <source>Use of YCLIENTS&apos; limit</source>
        <translation>Расход лимита YCLIENTS</translation>
    </message>
    <message>
        <source>requests for installs in the busiest minute of each part</source>
        <translation>запросы для установок в самую занятую минуту дня или часа</translation>
    </message>
    <message>
        <source>WhatsApp sessions now</source>
        <translation>Сессии WhatsApp сейчас</translation>
    </message>
    <message>
        <source>sessions in each state, whatever the period</source>
        <translation>сессии по состояниям, от периода не зависят</translation>
    </message>
    <message>
        <source>No salon has a WhatsApp session yet. One begins when an owner is shown a QR.</source>
        <translation>Сессий WhatsApp ещё нет. Сессия начинается, когда владельцу показывают QR.</translation>
    </message>
    <message>
        <source>Today</source>
        <translation>Сегодня</translation>
    </message>
    <message>
        <source>Last 7 days</source>
        <translation>Последние 7 дней</translation>
    </message>
    <message>
        <source>Last 30 days</source>
        <translation>Последние 30 дней</translation>
    </message>
    <message>
        <source>Last 90 days</source>
        <translation>Последние 90 дней</translation>
    </message>
    <message>
        <source>Chosen days</source>
        <translation>Выбранные дни</translation>
    </message>
    <message>
        <source>Overview</source>
        <translation>Обзор</translation>
    </message>
    <message>
        <source>Period</source>
        <translation>Период</translation>
    </message>
    <message>
        <source>From this day</source>
        <translation>С этого дня</translation>
    </message>
    <message>
        <source>To this day</source>
        <translation>По этот день</translation>
    </message>
    <message>
        <source>{period}; read at {time}</source>
        <translation>{period}; прочитано в {time}</translation>
    </message>
    <message>
        <source>The figures cannot be read now</source>
        <translation>Сейчас показатели не прочитать</translation>
    </message>
    <message>
        <source>The figures could not be read</source>
        <translation>Показатели не прочитались</translation>
    </message>
    <message>
        <source>Above is why. Read them again with F5, or choose a shorter period.</source>
        <translation>Выше сказано почему. Прочитайте их снова (F5) или выберите период короче.</translation>
    </message>
    <message>
        <source>Counting…</source>
        <translation>Считаем…</translation>
    </message>
    <message>
        <source>How installs come through, what fails and how YCLIENTS answers.</source>
        <translation>Как проходят установки, что не удаётся и как отвечает YCLIENTS.</translation>
    </message>
    <message>
        <source>As a table</source>
        <translation>Таблицей</translation>
    </message>
    <message>
        <source>{title}: as a table</source>
        <translation>{title}: таблицей</translation>
    </message>
    <message>
        <source>{title}: save as a picture</source>
        <translation>{title}: сохранить картинкой</translation>
    </message>
    <message>
        <source>{title}: save as a table file</source>
        <translation>{title}: сохранить файлом таблицы</translation>
    </message>
    <message>
        <source>{title}, plot: arrow keys go from bar to bar</source>
        <translation>{title}, график: стрелки переходят от столбца к столбцу</translation>
    </message>
    <message>
        <source>{title}, table</source>
        <translation>{title}, таблица</translation>
    </message>
    <message>
        <source>Picture (*.png)</source>
        <translation>Картинка (*.png)</translation>
    </message>
    <message>
        <source>Table (*.csv)</source>
        <translation>Таблица (*.csv)</translation>
    </message>
    <message>
        <source>Saved: {file}</source>
        <translation>Сохранено: {file}</translation>
    </message>
</context>
<context>
    <name>Palette</name>
    <message>
        <source>Find and do</source>
        <translation>Найти и сделать</translation>
    </message>
    <message>
        <source>A salon, or what you want to do</source>
        <translation>Салон или то, что нужно сделать</translation>
    </message>
    <message>
        <source>Find a salon or an action</source>
        <translation>Найти салон или действие</translation>
    </message>
    <message>
        <source>What fits</source>
        <translation>Что подходит</translation>
    </message>
    <message>
        <source>Looking…</source>
        <translation>Ищем…</translation>
    </message>
    <message>
        <source>Nothing fits. Fewer letters find more.</source>
        <translation>Ничего не подходит. Чем меньше букв, тем больше найдётся.</translation>
    </message>
    <message>
        <source>Not now: {why}</source>
        <translation>Сейчас нельзя: {why}</translation>
    </message>
    <message>
        <source>↑ ↓ choose, Enter does it, Esc closes</source>
        <translation>↑ ↓ — выбрать, Enter — сделать, Esc — закрыть</translation>
    </message>
    <message>
        <source>Window</source>
        <translation>Окно</translation>
    </message>
    <message>
        <source>Open {link}</source>
        <translation>Открыть {link}</translation>
    </message>
    <message>
        <source>Look for “{text}” in the list of installs</source>
        <translation>Искать «{text}» в списке установок</translation>
    </message>
    <message>
        <source>not now: {why}</source>
        <translation>сейчас нельзя: {why}</translation>
    </message>
    <message>
        <source>There is nothing to do it with now.</source>
        <translation>Сейчас не с чем это делать.</translation>
    </message>
</context>
<context>
    <name>Partner</name>
    <message>
        <source>not activated</source>
        <translation>не активирована</translation>
    </message>
    <message>
        <source>in the queue</source>
        <translation>в очереди</translation>
    </message>
    <message>
        <source>being told</source>
        <translation>сообщаем</translation>
    </message>
    <message>
        <source>active</source>
        <translation>работает</translation>
    </message>
    <message>
        <source>refused</source>
        <translation>отказ</translation>
    </message>
    <message>
        <source>request expired</source>
        <translation>заявка устарела</translation>
    </message>
    <message>
        <source>frozen</source>
        <translation>приостановлена</translation>
    </message>
    <message>
        <source>removed</source>
        <translation>отключена</translation>
    </message>
</context>
<context>
    <name>Payments</name>
    <message>
        <source>Sum</source>
        <translation>Сумма</translation>
    </message>
    <message>
        <source>Period</source>
        <translation>Период</translation>
    </message>
    <message>
        <source>Paid on</source>
        <translation>Оплачено</translation>
    </message>
    <message>
        <source>Number at YCLIENTS</source>
        <translation>Номер в YCLIENTS</translation>
    </message>
    <message>
        <source>State</source>
        <translation>Состояние</translation>
    </message>
    <message>
        <source>Being sent</source>
        <translation>Отправляется</translation>
    </message>
    <message>
        <source>Accepted</source>
        <translation>Принят</translation>
    </message>
    <message>
        <source>Refused</source>
        <translation>Отказано</translation>
    </message>
    <message>
        <source>Unknown: compare with YCLIENTS</source>
        <translation>Неизвестно: сверьте с YCLIENTS</translation>
    </message>
    <message>
        <source>Refund being sent</source>
        <translation>Возврат отправляется</translation>
    </message>
    <message>
        <source>Paid back</source>
        <translation>Возвращён</translation>
    </message>
    <message>
        <source>Refund refused</source>
        <translation>В возврате отказано</translation>
    </message>
    <message>
        <source>Refund unknown: compare with YCLIENTS</source>
        <translation>Возврат неизвестен: сверьте с YCLIENTS</translation>
    </message>
    <message>
        <source>What YCLIENTS was told of {name}. A payment is told once for a sum and a period.</source>
        <translation>Что сообщено YCLIENTS о салоне «{name}». О платеже сообщают один раз: та же сумма за тот же период второй раз не уйдёт.</translation>
    </message>
    <message>
        <source>Payments</source>
        <translation>Платежи</translation>
    </message>
    <message>
        <source>S&amp;um, roubles</source>
        <translation>С&amp;умма, рублей</translation>
    </message>
    <message>
        <source>&amp;Paid on</source>
        <translation>&amp;Оплачено</translation>
    </message>
    <message>
        <source>Period &amp;from</source>
        <translation>Период &amp;с</translation>
    </message>
    <message>
        <source>Period &amp;to</source>
        <translation>Период &amp;по</translation>
    </message>
    <message>
        <source>D&amp;iscount, %</source>
        <translation>Ски&amp;дка, %</translation>
    </message>
    <message>
        <source>Tell of a payment</source>
        <translation>Сообщить о платеже</translation>
    </message>
    <message>
        <source>Address to pay at, and discount</source>
        <translation>Ссылка на оплату и скидка</translation>
    </message>
    <message>
        <source>&amp;Compare with YCLIENTS</source>
        <translation>Сверить с &amp;YCLIENTS</translation>
    </message>
    <message>
        <source>Pay &amp;back…</source>
        <translation>&amp;Вернуть…</translation>
    </message>
    <message>
        <source>Tell &amp;YCLIENTS…</source>
        <translation>Сооб&amp;щить YCLIENTS…</translation>
    </message>
    <message>
        <source>Copy the &amp;address</source>
        <translation>Скопировать сс&amp;ылку</translation>
    </message>
    <message>
        <source>&amp;Give the discount…</source>
        <translation>Дать с&amp;кидку…</translation>
    </message>
    <message>
        <source>Nothing yet. When the owner has paid you directly, tell of it below.</source>
        <translation>Пока ничего. Если владелец заплатил вам напрямую, сообщите об этом ниже.</translation>
    </message>
    <message>
        <source>The payments are being read…</source>
        <translation>Платежи читаются…</translation>
    </message>
    <message>
        <source>Type the sum first.</source>
        <translation>Сначала введите сумму.</translation>
    </message>
    <message>
        <source>The period ends before it begins.</source>
        <translation>Период кончается раньше, чем начинается.</translation>
    </message>
    <message>
        <source>Type the percent first.</source>
        <translation>Сначала введите процент.</translation>
    </message>
    <message>
        <source>Choose a payment first.</source>
        <translation>Сначала выберите платёж.</translation>
    </message>
    <message>
        <source>Whether the refund came is not known: compare with YCLIENTS first.</source>
        <translation>Дошёл ли возврат, неизвестно: сначала сверьте с YCLIENTS.</translation>
    </message>
    <message>
        <source>Only a payment that YCLIENTS accepted can be paid back.</source>
        <translation>Вернуть можно только платёж, который YCLIENTS принял.</translation>
    </message>
    <message>
        <source>Tell YCLIENTS that {name} paid {sum} roubles?</source>
        <translation>Сообщить YCLIENTS, что салон «{name}» заплатил {sum} рублей?</translation>
    </message>
    <message>
        <source>YCLIENTS counts the period as paid. It can be taken back only as a refund.</source>
        <translation>YCLIENTS сочтёт период оплаченным. Отменить это можно только возвратом.</translation>
    </message>
    <message>
        <source>Tell of the payment</source>
        <translation>Сообщить о платеже</translation>
    </message>
    <message>
        <source>Pay {sum} back to {name}?</source>
        <translation>Вернуть {sum} салону «{name}»?</translation>
    </message>
    <message>
        <source>If the period still runs, YCLIENTS disables the salon within the hour.</source>
        <translation>Если оплаченный период ещё идёт, YCLIENTS отключит салон в течение часа.</translation>
    </message>
    <message>
        <source>Pay it back</source>
        <translation>Вернуть</translation>
    </message>
    <message>
        <source>Type the sum: {name}</source>
        <translation>Введите сумму: {name}</translation>
    </message>
    <message>
        <source>Give {name} a discount of {percent} %?</source>
        <translation>Дать салону «{name}» скидку {percent} %?</translation>
    </message>
    <message>
        <source>It holds for the salon&apos;s next payments at YCLIENTS.</source>
        <translation>Она действует на следующие платежи салона в YCLIENTS.</translation>
    </message>
    <message>
        <source>Give the discount</source>
        <translation>Дать скидку</translation>
    </message>
    <message>
        <source>The discount is {percent} % now.</source>
        <translation>Скидка теперь {percent} %.</translation>
    </message>
    <message>
        <source>The address is copied: send it to the owner.</source>
        <translation>Ссылка скопирована: отправьте её владельцу.</translation>
    </message>
    <message>
        <source>Close</source>
        <translation>Закрыть</translation>
    </message>
</context>
<context>
    <name>PersonalData</name>
    <message>
        <source>Name and city</source>
        <translation>Название и город</translation>
    </message>
    <message>
        <source>Search words</source>
        <translation>Поисковый указатель</translation>
    </message>
    <message>
        <source>Installs</source>
        <translation>Установки</translation>
    </message>
    <message>
        <source>Story</source>
        <translation>Хронология</translation>
    </message>
    <message>
        <source>Webhooks</source>
        <translation>Вебхуки</translation>
    </message>
    <message>
        <source>WhatsApp session</source>
        <translation>Сессия WhatsApp</translation>
    </message>
    <message>
        <source>Messages sent</source>
        <translation>Исходящие сообщения</translation>
    </message>
    <message>
        <source>Hints of WAHA</source>
        <translation>Подсказки серверов WAHA</translation>
    </message>
    <message>
        <source>Messages received</source>
        <translation>Входящие сообщения</translation>
    </message>
    <message>
        <source>Requests to YCLIENTS</source>
        <translation>Запросы к YCLIENTS</translation>
    </message>
    <message>
        <source>Log of staff</source>
        <translation>Журнал действий</translation>
    </message>
    <message>
        <source>Type a phone or a salon&apos;s number. Everything that is kept is looked through, which takes a while; the search goes into the log without the phone. Only a salon that has left can be purged.</source>
        <translation>Введите телефон или номер салона. Просматривается всё, что хранится, и это занимает время; поиск попадает в журнал без телефона. Уничтожить можно данные только отключившегося салона.</translation>
    </message>
    <message>
        <source>Phone or salon number</source>
        <translation>Телефон или номер салона</translation>
    </message>
    <message>
        <source>Whom to find: a phone or a salon&apos;s number</source>
        <translation>Кого найти: телефон или номер салона</translation>
    </message>
    <message>
        <source>Find</source>
        <translation>Найти</translation>
    </message>
    <message>
        <source>Destroy the salon&apos;s personal data…</source>
        <translation>Уничтожить личные данные салона…</translation>
    </message>
    <message>
        <source>Reports of destruction</source>
        <translation>Акты об уничтожении</translation>
    </message>
    <message>
        <source>Save the report…</source>
        <translation>Сохранить акт…</translation>
    </message>
    <message>
        <source>Where</source>
        <translation>Где</translation>
    </message>
    <message>
        <source>Salon</source>
        <translation>Салон</translation>
    </message>
    <message>
        <source>How often</source>
        <translation>Сколько раз</translation>
    </message>
    <message>
        <source>Where it is found</source>
        <translation>Где найдено</translation>
    </message>
    <message>
        <source>When</source>
        <translation>Когда</translation>
    </message>
    <message>
        <source>By whom</source>
        <translation>Кто</translation>
    </message>
    <message>
        <source>What</source>
        <translation>Что</translation>
    </message>
    <message numerus="yes">
        <source>{who}: found in %n places.</source>
        <translation>
            <numerusform>{who}: найдено в %n месте.</numerusform>
            <numerusform>{who}: найдено в %n местах.</numerusform>
            <numerusform>{who}: найдено в %n местах.</numerusform>
        </translation>
    </message>
    <message>
        <source>{who}: nothing is kept.</source>
        <translation>{who}: ничего не хранится.</translation>
    </message>
    <message>
        <source>connected</source>
        <translation>подключён</translation>
    </message>
    <message>
        <source>has left</source>
        <translation>отключился</translation>
    </message>
    <message>
        <source>It is being looked for…</source>
        <translation>Ищем…</translation>
    </message>
    <message>
        <source>Type whom to find first.</source>
        <translation>Сначала введите, кого искать.</translation>
    </message>
    <message>
        <source>Choose a report first.</source>
        <translation>Сначала выберите акт.</translation>
    </message>
    <message>
        <source>Choose a line with a salon first.</source>
        <translation>Сначала выберите строку с салоном.</translation>
    </message>
    <message>
        <source>The salon is connected: its data is needed. Disconnect it first.</source>
        <translation>Салон подключён, его данные нужны. Сначала отключите его.</translation>
    </message>
    <message>
        <source>Destroy the personal data of salon {salon}?</source>
        <translation>Уничтожить личные данные салона {salon}?</translation>
    </message>
    <message>
        <source>Webhooks, the story, messages, the session and names of the salon are destroyed for good; numbers and times for accounting stay. A signed report is kept. Write nothing personal as the reason.</source>
        <translation>Вебхуки, хронология, сообщения, сессия и названия салона уничтожаются навсегда; номера и даты для учёта остаются. Составляется подписанный акт. В причине не пишите ничего личного.</translation>
    </message>
    <message>
        <source>Destroy</source>
        <translation>Уничтожить</translation>
    </message>
    <message>
        <source>Saved: {file}</source>
        <translation>Сохранено: {file}</translation>
    </message>
    <message>
        <source>Report (*.json)</source>
        <translation>Акт (*.json)</translation>
    </message>
    <message>
        <source>Destroyed; the report is No. {number}.</source>
        <translation>Уничтожено; акт № {number}.</translation>
    </message>
    <message>
        <source>Put this away</source>
        <translation>Убрать</translation>
    </message>
    <message>
        <source>Personal data</source>
        <translation>Личные данные</translation>
    </message>
</context>
<context>
    <name>Process</name>
    <message>
        <source>hands its sessions over</source>
        <translation>передаёт сессии</translation>
    </message>
    <message>
        <source>drained: takes no sessions</source>
        <translation>выведен: сессий не берёт</translation>
    </message>
    <message>
        <source>works; nobody took its sessions</source>
        <translation>работает; сессии никто не взял</translation>
    </message>
    <message>
        <source>gives no sign of life</source>
        <translation>не отзывается</translation>
    </message>
    <message>
        <source>works</source>
        <translation>работает</translation>
    </message>
    <message>
        <source>Take part again</source>
        <translation>Вернуть в работу</translation>
    </message>
    <message>
        <source>Drain…</source>
        <translation>Вывести…</translation>
    </message>
    <message>
        <source>version {version}</source>
        <translation>версия {version}</translation>
    </message>
    <message>
        <source>since {age}</source>
        <translation>работает {age}</translation>
    </message>
    <message numerus="yes">
        <source>%n owners are linking</source>
        <translation>
            <numerusform>%n владелец привязывает телефон</numerusform>
            <numerusform>%n владельца привязывают телефон</numerusform>
            <numerusform>%n владельцев привязывают телефон</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n connections</source>
        <translation>
            <numerusform>%n соединение</numerusform>
            <numerusform>%n соединения</numerusform>
            <numerusform>%n соединений</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n jobs</source>
        <translation>
            <numerusform>%n задача</numerusform>
            <numerusform>%n задачи</numerusform>
            <numerusform>%n задач</numerusform>
        </translation>
    </message>
    <message>
        <source>sign of life {age} ago</source>
        <translation>отзывался {age} назад</translation>
    </message>
    <message>
        <source>drained by {name}</source>
        <translation>выводит {name}</translation>
    </message>
    <message numerus="yes">
        <source>%n sessions still to hand over</source>
        <translation>
            <numerusform>осталось передать %n сессию</numerusform>
            <numerusform>осталось передать %n сессии</numerusform>
            <numerusform>осталось передать %n сессий</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n sessions</source>
        <translation>
            <numerusform>%n сессия</numerusform>
            <numerusform>%n сессии</numerusform>
            <numerusform>%n сессий</numerusform>
        </translation>
    </message>
    <message>
        <source>Processes of the gateway</source>
        <translation>Процессы шлюза</translation>
    </message>
    <message numerus="yes">
        <source>%n processes live</source>
        <translation>
            <numerusform>%n процесс работает</numerusform>
            <numerusform>%n процесса работают</numerusform>
            <numerusform>%n процессов работают</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n silent</source>
        <translation>
            <numerusform>%n молчит</numerusform>
            <numerusform>%n молчат</numerusform>
            <numerusform>%n молчат</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n sessions without a process</source>
        <translation>
            <numerusform>%n сессия без процесса</numerusform>
            <numerusform>%n сессии без процесса</numerusform>
            <numerusform>%n сессий без процесса</numerusform>
        </translation>
    </message>
    <message>
        <source>every session has its process</source>
        <translation>у каждой сессии есть процесс</translation>
    </message>
    <message numerus="yes">
        <source>%n calls are due</source>
        <translation>
            <numerusform>%n вызов ждёт очереди</numerusform>
            <numerusform>%n вызова ждут очереди</numerusform>
            <numerusform>%n вызовов ждут очереди</numerusform>
        </translation>
    </message>
    <message>
        <source>no call waits for its turn</source>
        <translation>вызовы не ждут</translation>
    </message>
    <message numerus="yes">
        <source>%n webhooks in work</source>
        <translation>
            <numerusform>%n вебхук в работе</numerusform>
            <numerusform>%n вебхука в работе</numerusform>
            <numerusform>%n вебхуков в работе</numerusform>
        </translation>
    </message>
    <message>
        <source>no webhook waits</source>
        <translation>вебхуки не ждут</translation>
    </message>
    <message numerus="yes">
        <source>%n owners are linking now: a restart would interrupt them</source>
        <translation>
            <numerusform>%n владелец сейчас привязывает телефон: перезапуск его прервёт</numerusform>
            <numerusform>%n владельца сейчас привязывают телефон: перезапуск их прервёт</numerusform>
            <numerusform>%n владельцев сейчас привязывают телефон: перезапуск их прервёт</numerusform>
        </translation>
    </message>
    <message>
        <source>nobody is linking: a restart disturbs no owner</source>
        <translation>никто не привязывает телефон: перезапуск никому не помешает</translation>
    </message>
    <message>
        <source>There is no other process that could take its sessions.</source>
        <translation>Нет другого процесса, который мог бы взять его сессии.</translation>
    </message>
    <message>
        <source>It hands its sessions ({sessions}) to the other processes one by one; each is away for a moment. It takes no new ones until you let it take part again or it is started anew.</source>
        <translation>Процесс по одной передаст свои сессии ({sessions}) другим процессам; каждая пропадёт лишь на мгновение. Новых он не возьмёт, пока вы не вернёте его в работу или пока его не запустят заново.</translation>
    </message>
    <message numerus="yes">
        <source>%n owners are linking there right now: their codes are made anew.</source>
        <translation>
            <numerusform>Сейчас через него привязывает телефон %n владелец: его код будет выдан заново.</numerusform>
            <numerusform>Сейчас через него привязывают телефон %n владельца: их коды будут выданы заново.</numerusform>
            <numerusform>Сейчас через него привязывают телефон %n владельцев: их коды будут выданы заново.</numerusform>
        </translation>
    </message>
    <message>
        <source>Drain {name}?</source>
        <translation>Вывести {name} из работы?</translation>
    </message>
    <message>
        <source>Drain</source>
        <translation>Вывести</translation>
    </message>
</context>
<context>
    <name>Qr</name>
    <message>
        <source>WhatsApp has restricted the number. Do not link it again: the owner asks for a review in WhatsApp.</source>
        <translation>WhatsApp ограничил номер. Не привязывайте его снова: владелец запрашивает проверку в WhatsApp.</translation>
    </message>
    <message>
        <source>The passkey was not confirmed. Start again with the phone at hand, or link another number.</source>
        <translation>Ключ доступа не подтвердили. Начните снова с телефоном под рукой или привяжите другой номер.</translation>
    </message>
    <message>
        <source>WhatsApp could not be reached: the network or WhatsApp itself. Nothing is lost; start again later.</source>
        <translation>WhatsApp недоступен: дело в сети или в самом WhatsApp. Ничего не потеряно, начните снова позже.</translation>
    </message>
    <message>
        <source>WhatsApp did not answer in time. Nothing is lost; start again later.</source>
        <translation>WhatsApp не ответил вовремя. Ничего не потеряно, начните снова позже.</translation>
    </message>
    <message>
        <source>WhatsApp has troubles. Nothing is lost; start again later.</source>
        <translation>У WhatsApp неполадки. Ничего не потеряно, начните снова позже.</translation>
    </message>
    <message>
        <source>WhatsApp did not accept the code. Start again for a new one.</source>
        <translation>WhatsApp не принял код. Начните снова, чтобы получить новый.</translation>
    </message>
    <message>
        <source>The session&apos;s credentials are damaged. The phone has to be linked again.</source>
        <translation>Данные подключения повреждены. Телефон нужно привязать снова.</translation>
    </message>
    <message>
        <source>The phone is linked: {phone}</source>
        <translation>Телефон привязан: {phone}</translation>
    </message>
    <message>
        <source>WhatsApp cannot be reached since {time}: the network or WhatsApp itself. The link and the messages we have are kept; we try again by ourselves every few minutes.</source>
        <translation>WhatsApp недоступен с {time}: дело в сети или в самом WhatsApp. Привязка и полученные сообщения сохранены; пробуем снова сами каждые несколько минут.</translation>
    </message>
    <message>
        <source>The passkey is accepted; the owner answers WhatsApp&apos;s question on the phone.</source>
        <translation>Ключ доступа принят; владелец отвечает на вопрос WhatsApp на телефоне.</translation>
    </message>
    <message>
        <source>WhatsApp has banned the number for a time, until {time}.</source>
        <translation>WhatsApp временно заблокировал номер, до {time}.</translation>
    </message>
    <message>
        <source>The session was never started. Start it to get a code.</source>
        <translation>Сессию ещё не запускали. Запустите её, чтобы получить код.</translation>
    </message>
    <message>
        <source>The engine is starting; the code takes a few seconds.</source>
        <translation>Движок запускается, код появится через несколько секунд.</translation>
    </message>
    <message>
        <source>Waiting for the phone: WhatsApp → Linked devices → Link a device.</source>
        <translation>Ждём телефон: WhatsApp → Связанные устройства → Привязка устройства.</translation>
    </message>
    <message>
        <source>WhatsApp asks for a passkey: the owner confirms it on the phone.</source>
        <translation>WhatsApp просит ключ доступа: владелец подтверждает на телефоне.</translation>
    </message>
    <message>
        <source>The phone took the code and is linking. WhatsApp has to stay open.</source>
        <translation>Телефон принял код и привязывается. WhatsApp должен оставаться открытым.</translation>
    </message>
    <message>
        <source>The phone is linked; the connection comes back by itself.</source>
        <translation>Телефон привязан, связь вернётся сама.</translation>
    </message>
    <message>
        <source>The number was opened in another service. It has to be linked again.</source>
        <translation>Номер открыли в другом сервисе. Нужно привязать заново.</translation>
    </message>
    <message>
        <source>The link was removed on the phone. It has to be linked again.</source>
        <translation>Связь отключили на телефоне. Нужно привязать заново.</translation>
    </message>
    <message>
        <source>WhatsApp has banned the number for a time. Do not link it again.</source>
        <translation>WhatsApp временно заблокировал номер. Не привязывайте его повторно.</translation>
    </message>
    <message>
        <source>WhatsApp wants a newer engine. The gateway has to be updated.</source>
        <translation>WhatsApp требует новую версию движка. Нужно обновить шлюз.</translation>
    </message>
    <message>
        <source>Nobody scanned the code in time. Start again when the owner is ready.</source>
        <translation>Код никто не отсканировал вовремя. Запустите снова, когда владелец будет готов.</translation>
    </message>
    <message>
        <source>The session failed. Start it again; the credentials are kept.</source>
        <translation>Сессия прервалась. Запустите её снова: данные для входа сохранены.</translation>
    </message>
    <message>
        <source>The session is stopped. Start it to get a code.</source>
        <translation>Сессия остановлена. Запустите её, чтобы получить код.</translation>
    </message>
    <message>
        <source>Another number is linked: {phone}. {expected} was expected. Ask the owner which is right; until then nothing is lost and the bot works from the new one.</source>
        <translation>Привязан другой номер: {phone}. Ожидался {expected}. Спросите владельца, какой верный; до ответа ничего не теряется, бот работает с нового.</translation>
    </message>
    <message>
        <source>The code is hidden</source>
        <translation>Код скрыт</translation>
    </message>
    <message>
        <source>Whoever scans it gets the salon&apos;s WhatsApp. Each time it is shown, the log says who looked.</source>
        <translation>Кто его отсканирует, получит WhatsApp салона. Каждый показ записывается в журнал с именем.</translation>
    </message>
    <message>
        <source>Show the code</source>
        <translation>Показать код</translation>
    </message>
    <message>
        <source>Full size</source>
        <translation>Крупно</translation>
    </message>
    <message>
        <source>Hide</source>
        <translation>Скрыть</translation>
    </message>
    <message>
        <source>Get a code</source>
        <translation>Получить код</translation>
    </message>
    <message>
        <source>Copy a link for the owner</source>
        <translation>Скопировать ссылку для владельца</translation>
    </message>
    <message>
        <source>Start</source>
        <translation>Запустить</translation>
    </message>
    <message>
        <source>Start anew</source>
        <translation>Перезапустить</translation>
    </message>
    <message>
        <source>Link another phone…</source>
        <translation>Привязать другой телефон…</translation>
    </message>
    <message>
        <source>Stop</source>
        <translation>Остановить</translation>
    </message>
    <message>
        <source>Pairing code</source>
        <translation>Код привязки</translation>
    </message>
    <message>
        <source>For a phone that cannot scan: WhatsApp → Linked devices → Link with phone number.</source>
        <translation>Если сканировать нельзя: WhatsApp → Связанные устройства → Связать по номеру телефона.</translation>
    </message>
    <message>
        <source>Phone number, such as +7 999 123-45-67</source>
        <translation>Номер: +7 999 123-45-67</translation>
    </message>
    <message>
        <source>Phone number for a pairing code</source>
        <translation>Номер телефона для кода привязки</translation>
    </message>
    <message>
        <source>Copy the pairing code</source>
        <translation>Скопировать код привязки</translation>
    </message>
    <message>
        <source>From afar</source>
        <translation>На расстоянии</translation>
    </message>
    <message>
        <source>The owner opens the link and links the phone without us. It is a key: for the owner alone.</source>
        <translation>Владелец откроет ссылку и привяжет телефон сам. Это ключ: только для владельца.</translation>
    </message>
    <message>
        <source>Session</source>
        <translation>Сессия</translation>
    </message>
    <message>
        <source>Start the session</source>
        <translation>Запустить сессию</translation>
    </message>
    <message>
        <source>Start anew the session</source>
        <translation>Перезапустить сессию</translation>
    </message>
    <message>
        <source>QR code to be scanned by the salon&apos;s phone</source>
        <translation>QR-код для телефона салона</translation>
    </message>
    <message>
        <source>There is no code</source>
        <translation>Кода нет</translation>
    </message>
    <message>
        <source>Start and show a code</source>
        <translation>Запустить и показать код</translation>
    </message>
    <message>
        <source>No code is needed</source>
        <translation>Код не нужен</translation>
    </message>
    <message>
        <source>The next code is on its way</source>
        <translation>Следующий код уже в пути</translation>
    </message>
    <message numerus="yes">
        <source>The next code in %n s</source>
        <translation>
            <numerusform>Следующий код через %n с</numerusform>
            <numerusform>Следующий код через %n с</numerusform>
            <numerusform>Следующий код через %n с</numerusform>
        </translation>
    </message>
    <message>
        <source>valid for {time}</source>
        <translation>действует ещё {time}</translation>
    </message>
    <message numerus="yes">
        <source>The owner&apos;s link is on the clipboard for %n s</source>
        <translation>
            <numerusform>Ссылка владельца в буфере обмена на %n с</numerusform>
            <numerusform>Ссылка владельца в буфере обмена на %n с</numerusform>
            <numerusform>Ссылка владельца в буфере обмена на %n с</numerusform>
        </translation>
    </message>
    <message>
        <source>{told}; it is valid until {time}.</source>
        <translation>{told}; действует до {time}.</translation>
    </message>
    <message>
        <source>Link another phone for {name}?</source>
        <translation>Привязать другой телефон салону «{name}»?</translation>
    </message>
    <message>
        <source>Our device is taken off the phone {phone}, and the bot is silent until a phone is linked.</source>
        <translation>Наше устройство будет отвязано от телефона {phone}, и бот замолчит, пока не привяжут телефон.</translation>
    </message>
    <message>
        <source>Link another phone</source>
        <translation>Привязать другой телефон</translation>
    </message>
    <message>
        <source>Stop the session of {name}?</source>
        <translation>Остановить сессию салона «{name}»?</translation>
    </message>
    <message>
        <source>The bot will not answer until it is started again. The phone stays linked.</source>
        <translation>Бот не будет отвечать, пока сессию не запустят снова. Телефон останется привязанным.</translation>
    </message>
    <message>
        <source>Stop the session</source>
        <translation>Остановить сессию</translation>
    </message>
    <message>
        <source>Check the number: country code and all digits.</source>
        <translation>Проверьте номер: код страны и все цифры.</translation>
    </message>
    <message numerus="yes">
        <source>The code is on the clipboard for %n s.</source>
        <translation>
            <numerusform>Код в буфере обмена на %n с.</numerusform>
            <numerusform>Код в буфере обмена на %n с.</numerusform>
            <numerusform>Код в буфере обмена на %n с.</numerusform>
        </translation>
    </message>
    <message>
        <source>QR code</source>
        <translation>QR-код</translation>
    </message>
    <message>
        <source>Put this away</source>
        <translation>Убрать</translation>
    </message>
    <message>
        <source>WhatsApp does not know this number. Check it.</source>
        <translation>WhatsApp не знает такого номера. Проверьте его.</translation>
    </message>
</context>
<context>
    <name>Queue</name>
    <message>
        <source>Queue</source>
        <translation>Очередь</translation>
    </message>
    <message>
        <source>Salon, city, number, support code…</source>
        <translation>Салон, город, номер, код поддержки…</translation>
    </message>
    <message>
        <source>Search the queue</source>
        <translation>Поиск в очереди</translation>
    </message>
    <message>
        <source>States</source>
        <translation>Состояния</translation>
    </message>
    <message>
        <source>Reason of the failure</source>
        <translation>Причина отказа</translation>
    </message>
    <message>
        <source>Earlier bulk retries</source>
        <translation>Прежние групповые повторы</translation>
    </message>
    <message>
        <source>Calls to YCLIENTS, what needs a person first</source>
        <translation>Вызовы YCLIENTS, сначала те, где нужен человек</translation>
    </message>
    <message>
        <source>Clear the selection</source>
        <translation>Снять выделение</translation>
    </message>
    <message>
        <source>Any reason</source>
        <translation>Любая причина</translation>
    </message>
    <message numerus="yes">
        <source>%n changes wait</source>
        <translation>
            <numerusform>%n изменение ждёт</numerusform>
            <numerusform>%n изменения ждут</numerusform>
            <numerusform>%n изменений ждут</numerusform>
        </translation>
    </message>
    <message>
        <source>Reading the queue…</source>
        <translation>Читаем очередь…</translation>
    </message>
    <message>
        <source>The list appears as soon as the gateway answers.</source>
        <translation>Список появится, как только ответит шлюз.</translation>
    </message>
    <message>
        <source>No call matches</source>
        <translation>Ничего не нашлось</translation>
    </message>
    <message>
        <source>Nothing fits these states, this reason and these words together.</source>
        <translation>С такими состояниями, причиной и словами вызовов нет.</translation>
    </message>
    <message>
        <source>Clear the filter</source>
        <translation>Сбросить фильтр</translation>
    </message>
    <message>
        <source>YCLIENTS took everything</source>
        <translation>YCLIENTS принял всё</translation>
    </message>
    <message>
        <source>A call that fails appears here with its cause and what to do. To try it, switch a fault on at the sandbox&apos;s page and press “Connect” there.</source>
        <translation>Неудачный вызов появится здесь с причиной и советом. Чтобы попробовать, включите сбой на странице песочницы и нажмите там «Подключить».</translation>
    </message>
    <message numerus="yes">
        <source>%n selected</source>
        <translation>
            <numerusform>Выбран %n</numerusform>
            <numerusform>Выбрано %n</numerusform>
            <numerusform>Выбрано %n</numerusform>
        </translation>
    </message>
    <message>
        <source>No call that matches can be retried.</source>
        <translation>Среди подходящих нет вызовов, которые можно повторить.</translation>
    </message>
    <message>
        <source>Retry all that match ({count})…</source>
        <translation>Повторить все подходящие ({count})…</translation>
    </message>
    <message>
        <source>Retry ({count})…</source>
        <translation>Повторить ({count})…</translation>
    </message>
    <message>
        <source>None of these can be retried.</source>
        <translation>Ни один из них нельзя повторить.</translation>
    </message>
    <message>
        <source>No. {number}</source>
        <translation>№ {number}</translation>
    </message>
    <message>
        <source>There was none yet</source>
        <translation>Их ещё не было</translation>
    </message>
    <message>
        <source>State</source>
        <translation>Состояние</translation>
    </message>
    <message>
        <source>Salon</source>
        <translation>Салон</translation>
    </message>
    <message>
        <source>Why</source>
        <translation>Почему</translation>
    </message>
    <message>
        <source>Answer</source>
        <translation>Ответ</translation>
    </message>
    <message>
        <source>Attempts</source>
        <translation>Попытки</translation>
    </message>
    <message>
        <source>When</source>
        <translation>Когда</translation>
    </message>
    <message>
        <source>being sent</source>
        <translation>отправляется</translation>
    </message>
    <message>
        <source>in {time}</source>
        <translation>через {time}</translation>
    </message>
    <message>
        <source>now</source>
        <translation>сейчас</translation>
    </message>
    <message>
        <source>{age} ago</source>
        <translation>{age} назад</translation>
    </message>
</context>
<context>
    <name>Refusal</name>
    <message>
        <source>Sent; waiting for the gateway.</source>
        <translation>Отправлено, ждём шлюз.</translation>
    </message>
    <message>
        <source>It is being sent at this moment.</source>
        <translation>Отправляется прямо сейчас.</translation>
    </message>
    <message>
        <source>No connection to the gateway: nothing can be sent now.</source>
        <translation>Нет связи со шлюзом: сейчас ничего не отправить.</translation>
    </message>
    <message>
        <source>There is no connection to a gateway.</source>
        <translation>Нет соединения со шлюзом.</translation>
    </message>
    <message>
        <source>Your role does not allow this. An administrator can.</source>
        <translation>Ваша роль этого не позволяет. Может администратор.</translation>
    </message>
    <message>
        <source>This view has no list.</source>
        <translation>В этом разделе нет списка.</translation>
    </message>
    <message>
        <source>There is nothing to take back now.</source>
        <translation>Сейчас нечего отменять.</translation>
    </message>
    <message>
        <source>No salon is open.</source>
        <translation>Салон не открыт.</translation>
    </message>
    <message>
        <source>Production is read-only. Unlock it at the top of the window first.</source>
        <translation>Боевая среда только для чтения. Сначала разблокируйте её вверху окна.</translation>
    </message>
    <message>
        <source>The salon is disconnected; the owner has to press “Connect” in YCLIENTS.</source>
        <translation>Салон отключён; владельцу нужно нажать «Подключить» в YCLIENTS.</translation>
    </message>
    <message>
        <source>The session is running already.</source>
        <translation>Сессия уже запущена.</translation>
    </message>
    <message>
        <source>The session is not running.</source>
        <translation>Сессия не запущена.</translation>
    </message>
    <message>
        <source>The session was never started.</source>
        <translation>Сессию ещё не запускали.</translation>
    </message>
    <message>
        <source>The phone is linked already.</source>
        <translation>Телефон уже привязан.</translation>
    </message>
    <message>
        <source>Nothing was sent to YCLIENTS yet; first the phone has to be linked.</source>
        <translation>В YCLIENTS ещё ничего не отправляли: сначала нужно привязать телефон.</translation>
    </message>
    <message>
        <source>The disconnection is on its way already.</source>
        <translation>Отключение уже отправляется.</translation>
    </message>
    <message>
        <source>WhatsApp is not connected, so nothing can be sent.</source>
        <translation>WhatsApp не подключён, отправить ничего нельзя.</translation>
    </message>
    <message>
        <source>First find out what became of the last one.</source>
        <translation>Сначала выясните, что стало с предыдущим.</translation>
    </message>
</context>
<context>
    <name>Restarts</name>
    <message>
        <source>waits for its turn</source>
        <translation>ждёт очереди</translation>
    </message>
    <message>
        <source>asked for</source>
        <translation>отправлено</translation>
    </message>
    <message>
        <source>restarted</source>
        <translation>перезапущена</translation>
    </message>
    <message>
        <source>refused</source>
        <translation>отказ</translation>
    </message>
    <message>
        <source>left as it was</source>
        <translation>не тронута</translation>
    </message>
    <message>
        <source>Restart no more</source>
        <translation>Больше не перезапускать</translation>
    </message>
    <message>
        <source>Close the report</source>
        <translation>Закрыть отчёт</translation>
    </message>
    <message>
        <source>What became of each session</source>
        <translation>Что стало с каждой сессией</translation>
    </message>
    <message>
        <source>How far the restarts are</source>
        <translation>Ход перезапуска</translation>
    </message>
    <message>
        <source>Restarting</source>
        <translation>Перезапуск</translation>
    </message>
    <message>
        <source>Restarted, but not all</source>
        <translation>Перезапущены, но не все</translation>
    </message>
    <message>
        <source>Restarted</source>
        <translation>Перезапущены</translation>
    </message>
    <message>
        <source>{done} of {all}</source>
        <translation>{done} из {all}</translation>
    </message>
    <message numerus="yes">
        <source>%n refused</source>
        <translation>
            <numerusform>%n отказ</numerusform>
            <numerusform>%n отказа</numerusform>
            <numerusform>%n отказов</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n left as they were</source>
        <translation>
            <numerusform>%n не тронута</numerusform>
            <numerusform>%n не тронуты</numerusform>
            <numerusform>%n не тронуто</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>RowAction</name>
    <message>
        <source>Retry</source>
        <translation>Повторить</translation>
    </message>
    <message>
        <source>Show QR</source>
        <translation>Показать QR</translation>
    </message>
    <message>
        <source>Let it run</source>
        <translation>Возобновить</translation>
    </message>
    <message>
        <source>Check</source>
        <translation>Сверить</translation>
    </message>
    <message>
        <source>Open</source>
        <translation>Открыть</translation>
    </message>
</context>
<context>
    <name>Salon</name>
    <message>
        <source>Copy the support code</source>
        <translation>Скопировать код поддержки</translation>
    </message>
    <message>
        <source>Copy the salon&apos;s number</source>
        <translation>Скопировать номер салона</translation>
    </message>
    <message>
        <source>Support code {code}</source>
        <translation>Код поддержки {code}</translation>
    </message>
    <message>
        <source>· since {time}</source>
        <translation>· установка от {time}</translation>
    </message>
    <message>
        <source>The assistant answers customers</source>
        <translation>Ассистент отвечает клиентам</translation>
    </message>
    <message>
        <source>The assistant is switched off</source>
        <translation>Ассистент выключен</translation>
    </message>
    <message>
        <source>The assistant is switched off since {time}: {reason}</source>
        <translation>Ассистент выключен с {time}: {reason}</translation>
    </message>
    <message>
        <source>{ours}; their status: {theirs}</source>
        <translation>{ours}; статус у них: {theirs}</translation>
    </message>
    <message>
        <source>for {age}</source>
        <translation>{age}</translation>
    </message>
    <message>
        <source>&amp;Retry</source>
        <translation>Пов&amp;торить</translation>
    </message>
    <message>
        <source>Show &amp;QR</source>
        <translation>Показать &amp;QR</translation>
    </message>
    <message>
        <source>&amp;Compare with YCLIENTS</source>
        <translation>Св&amp;ерить с YCLIENTS</translation>
    </message>
    <message>
        <source>&amp;Link for the owner</source>
        <translation>Ссылка в&amp;ладельцу</translation>
    </message>
    <message>
        <source>&amp;Webhooks</source>
        <translation>Ве&amp;бхуки</translation>
    </message>
    <message>
        <source>Pa&amp;yments…</source>
        <translation>Платеж&amp;и…</translation>
    </message>
    <message>
        <source>&amp;Keep the new number</source>
        <translation>Оставить &amp;новый номер</translation>
    </message>
    <message>
        <source>&amp;Pause…</source>
        <translation>При&amp;остановить…</translation>
    </message>
    <message>
        <source>Let it r&amp;un…</source>
        <translation>Во&amp;зобновить…</translation>
    </message>
    <message>
        <source>Support &amp;bundle…</source>
        <translation>Отчёт для по&amp;ддержки…</translation>
    </message>
    <message>
        <source>&amp;Disconnect the salon…</source>
        <translation>Отклю&amp;чить салон…</translation>
    </message>
    <message>
        <source>Story</source>
        <translation>Хронология</translation>
    </message>
    <message>
        <source>QR and code</source>
        <translation>QR и код</translation>
    </message>
    <message>
        <source>Test message</source>
        <translation>Проверочное сообщение</translation>
    </message>
    <message>
        <source>Story, QR, calls and test message</source>
        <translation>История, QR, вызовы и проверочное сообщение</translation>
    </message>
    <message>
        <source>No salon is open</source>
        <translation>Салон не выбран</translation>
    </message>
    <message>
        <source>Choose one in the list: its whole story and what can be done appear here.</source>
        <translation>Выберите салон в списке: здесь появится вся его история и что можно сделать.</translation>
    </message>
    <message>
        <source>Next: {step}</source>
        <translation>Дальше: {step}</translation>
    </message>
    <message>
        <source>The salon is being read…</source>
        <translation>Читаем салон…</translation>
    </message>
    <message>
        <source>The salon could not be read</source>
        <translation>Не удалось прочитать салон</translation>
    </message>
    <message>
        <source>Try again</source>
        <translation>Попробовать ещё раз</translation>
    </message>
    <message>
        <source>Calls to YCLIENTS</source>
        <translation>Вызовы YCLIENTS</translation>
    </message>
    <message>
        <source>Link a&amp;nother phone…</source>
        <translation>Привязать др&amp;угой телефон…</translation>
    </message>
    <message>
        <source>Message</source>
        <translation>Сообщение</translation>
    </message>
    <message>
        <source>Calls</source>
        <translation>Вызовы</translation>
    </message>
    <message>
        <source>The new number is kept.</source>
        <translation>Новый номер оставлен.</translation>
    </message>
    <message>
        <source>Page for support (*.html)</source>
        <translation>Отчёт для поддержки (*.html)</translation>
    </message>
    <message>
        <source>Saved: {file}. Look through it before you hand it on.</source>
        <translation>Сохранено: {file}. Просмотрите файл, прежде чем отправить.</translation>
    </message>
    <message>
        <source>Pause {name}?</source>
        <translation>Приостановить салон «{name}»?</translation>
    </message>
    <message>
        <source>The bot stops answering until somebody lets it run again. YCLIENTS is told nothing.</source>
        <translation>Бот перестанет отвечать, пока его не возобновят. В YCLIENTS ничего не отправим.</translation>
    </message>
    <message>
        <source>Pause the salon</source>
        <translation>Приостановить салон</translation>
    </message>
    <message>
        <source>Let {name} run again?</source>
        <translation>Возобновить салон «{name}»?</translation>
    </message>
    <message>
        <source>The bot answers the salon&apos;s customers again.</source>
        <translation>Бот снова будет отвечать клиентам салона.</translation>
    </message>
    <message>
        <source>Let it run</source>
        <translation>Возобновить</translation>
    </message>
    <message>
        <source>The bot runs again.</source>
        <translation>Бот снова работает.</translation>
    </message>
    <message>
        <source>Switch the assistant off for {name}?</source>
        <translation>Выключить ассистента салона «{name}»?</translation>
    </message>
    <message>
        <source>WhatsApp stays linked, but the assistant hears of no message and sends none. What customers write meanwhile it does not answer later either.</source>
        <translation>WhatsApp остаётся привязанным, но ассистент не узнаёт о сообщениях и ничего не отправляет. На то, что клиенты напишут за это время, он не ответит и потом.</translation>
    </message>
    <message>
        <source>Switch it off</source>
        <translation>Выключить</translation>
    </message>
    <message>
        <source>The assistant is switched off.</source>
        <translation>Ассистент выключен.</translation>
    </message>
    <message>
        <source>Switch the assistant on for {name}?</source>
        <translation>Включить ассистента салона «{name}»?</translation>
    </message>
    <message>
        <source>It answers what customers write from now on.</source>
        <translation>Он будет отвечать на то, что клиенты напишут с этой минуты.</translation>
    </message>
    <message>
        <source>Switch it on</source>
        <translation>Включить</translation>
    </message>
    <message>
        <source>The assistant answers again.</source>
        <translation>Ассистент снова отвечает.</translation>
    </message>
    <message>
        <source>&amp;Assistant off…</source>
        <translation>Выключить &amp;ассистента…</translation>
    </message>
    <message>
        <source>&amp;Assistant on…</source>
        <translation>Включить &amp;ассистента…</translation>
    </message>
    <message>
        <source>Disconnect {name}?</source>
        <translation>Отключить салон «{name}»?</translation>
    </message>
    <message>
        <source>YCLIENTS ends the connection, the bot stops and the phone&apos;s credentials are wiped. To come back, the owner has to press “Connect” again. You have ten seconds to take it back.</source>
        <translation>YCLIENTS разорвёт подключение, бот остановится, данные для входа в WhatsApp будут стёрты. Чтобы вернуться, владельцу придётся снова нажать «Подключить». У вас есть десять секунд, чтобы передумать.</translation>
    </message>
    <message>
        <source>Disconnect the salon</source>
        <translation>Отключить салон</translation>
    </message>
    <message>
        <source>Sent: a new attempt is on its way.</source>
        <translation>Отправлено: новая попытка уже идёт.</translation>
    </message>
    <message>
        <source>YCLIENTS says “{theirs}”; nothing had to be changed.</source>
        <translation>YCLIENTS говорит «{theirs}»; менять ничего не пришлось.</translation>
    </message>
    <message>
        <source>YCLIENTS says “{theirs}”; our state is “{ours}” now.</source>
        <translation>YCLIENTS говорит «{theirs}»; теперь у нас «{ours}».</translation>
    </message>
    <message>
        <source>Put this away</source>
        <translation>Убрать</translation>
    </message>
</context>
<context>
    <name>SavedViews</name>
    <message numerus="yes">
        <source>There are %n saved views already. Delete one first.</source>
        <translation>
            <numerusform>Уже есть %n сохранённый вид. Сначала удалите какой-нибудь.</numerusform>
            <numerusform>Уже есть %n сохранённых вида. Сначала удалите какой-нибудь.</numerusform>
            <numerusform>Уже есть %n сохранённых видов. Сначала удалите какой-нибудь.</numerusform>
        </translation>
    </message>
    <message>
        <source>This filter is too long to be kept.</source>
        <translation>Этот фильтр слишком длинный, его не сохранить.</translation>
    </message>
    <message>
        <source>Another saved view has this name.</source>
        <translation>Так уже называется другой сохранённый вид.</translation>
    </message>
    <message>
        <source>Give it a name.</source>
        <translation>Дайте ему название.</translation>
    </message>
    <message>
        <source>A view of the console has this name.</source>
        <translation>Так называется раздел консоли.</translation>
    </message>
    <message>
        <source>Saved views</source>
        <translation>Сохранённые виды</translation>
    </message>
    <message>
        <source>Name for the filter that is shown</source>
        <translation>Название для нынешнего фильтра</translation>
    </message>
    <message>
        <source>Name</source>
        <translation>Название</translation>
    </message>
    <message>
        <source>Save</source>
        <translation>Сохранить</translation>
    </message>
    <message>
        <source>Open</source>
        <translation>Открыть</translation>
    </message>
    <message>
        <source>Copy the link</source>
        <translation>Скопировать ссылку</translation>
    </message>
    <message>
        <source>Rename</source>
        <translation>Переименовать</translation>
    </message>
    <message>
        <source>Gives the chosen one the name in the field above.</source>
        <translation>Даёт выбранному название из поля выше.</translation>
    </message>
    <message>
        <source>Delete</source>
        <translation>Удалить</translation>
    </message>
    <message>
        <source>Bring it back</source>
        <translation>Вернуть</translation>
    </message>
    <message>
        <source>Close</source>
        <translation>Закрыть</translation>
    </message>
    <message>
        <source>Filter a list, give it a name here, and come back to it at any time.</source>
        <translation>Отфильтруйте список, дайте ему здесь название — и возвращайтесь к нему в любой момент.</translation>
    </message>
    <message>
        <source>Saved.</source>
        <translation>Сохранено.</translation>
    </message>
    <message>
        <source>Renamed.</source>
        <translation>Переименовано.</translation>
    </message>
    <message>
        <source>Deleted.</source>
        <translation>Удалено.</translation>
    </message>
    <message>
        <source>It is back.</source>
        <translation>Возвращено.</translation>
    </message>
</context>
<context>
    <name>Sessions</name>
    <message>
        <source>Sessions</source>
        <translation>Сессии</translation>
    </message>
    <message>
        <source>Salon, city, number, support code…</source>
        <translation>Салон, город, номер, код поддержки…</translation>
    </message>
    <message>
        <source>Search the sessions</source>
        <translation>Поиск по сессиям</translation>
    </message>
    <message>
        <source>States</source>
        <translation>Состояния</translation>
    </message>
    <message>
        <source>Process that owns the session</source>
        <translation>Процесс, который держит сессию</translation>
    </message>
    <message>
        <source>Kind of engine</source>
        <translation>Вид движка</translation>
    </message>
    <message>
        <source>WhatsApp sessions, what is broken first</source>
        <translation>Сессии WhatsApp, сломанные сверху</translation>
    </message>
    <message>
        <source>Start</source>
        <translation>Запустить</translation>
    </message>
    <message>
        <source>Stop…</source>
        <translation>Остановить…</translation>
    </message>
    <message>
        <source>Clear the selection</source>
        <translation>Снять выделение</translation>
    </message>
    <message numerus="yes">
        <source>%n sessions</source>
        <translation>
            <numerusform>%n сессия</numerusform>
            <numerusform>%n сессии</numerusform>
            <numerusform>%n сессий</numerusform>
        </translation>
    </message>
    <message>
        <source>Any engine</source>
        <translation>Любой движок</translation>
    </message>
    <message>
        <source>Without a process ({count})</source>
        <translation>Без процесса ({count})</translation>
    </message>
    <message>
        <source>Any process</source>
        <translation>Любой процесс</translation>
    </message>
    <message numerus="yes">
        <source>%n changes wait</source>
        <translation>
            <numerusform>ждёт %n изменение</numerusform>
            <numerusform>ждут %n изменения</numerusform>
            <numerusform>ждут %n изменений</numerusform>
        </translation>
    </message>
    <message>
        <source>Reading the sessions…</source>
        <translation>Читаем сессии…</translation>
    </message>
    <message>
        <source>The list appears as soon as the gateway answers.</source>
        <translation>Список появится, как только ответит шлюз.</translation>
    </message>
    <message>
        <source>No session matches</source>
        <translation>Ничего не нашлось</translation>
    </message>
    <message>
        <source>Nothing fits these states, this process, this engine and these words together.</source>
        <translation>Нет сессии, к которой подходят сразу и эти состояния, и процесс, и движок, и слова.</translation>
    </message>
    <message>
        <source>Clear the filter</source>
        <translation>Сбросить фильтр</translation>
    </message>
    <message>
        <source>No sessions yet</source>
        <translation>Сессий пока нет</translation>
    </message>
    <message>
        <source>A salon&apos;s WhatsApp session appears here once its owner begins to link a phone. To try it, press “Connect” at the sandbox&apos;s page and scan the code.</source>
        <translation>Сессия WhatsApp появится здесь, когда владелец салона начнёт привязывать телефон. Чтобы попробовать, нажмите «Подключить» на странице песочницы и отсканируйте код.</translation>
    </message>
    <message numerus="yes">
        <source>%n selected</source>
        <translation>
            <numerusform>выделена %n</numerusform>
            <numerusform>выделены %n</numerusform>
            <numerusform>выделено %n</numerusform>
        </translation>
    </message>
    <message>
        <source>Restart…</source>
        <translation>Перезапустить…</translation>
    </message>
    <message>
        <source>Restart ({count})…</source>
        <translation>Перезапустить ({count})…</translation>
    </message>
    <message>
        <source>Others are being restarted; wait for their end.</source>
        <translation>Идёт другой перезапуск; дождитесь его конца.</translation>
    </message>
    <message>
        <source>Stopped on purpose: start it instead.</source>
        <translation>Остановлена намеренно: её нужно запустить.</translation>
    </message>
    <message>
        <source>Too many at once: select at most {most}.</source>
        <translation>Слишком много сразу: выделите не больше {most}.</translation>
    </message>
    <message numerus="yes">
        <source>%n sessions will get a new engine.</source>
        <translation>
            <numerusform>%n сессия получит новый движок.</numerusform>
            <numerusform>%n сессии получат новый движок.</numerusform>
            <numerusform>%n сессий получат новый движок.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n of them are connected and will be away for some seconds.</source>
        <translation>
            <numerusform>Из них %n подключена и пропадёт на несколько секунд.</numerusform>
            <numerusform>Из них %n подключены и пропадут на несколько секунд.</numerusform>
            <numerusform>Из них %n подключено и пропадут на несколько секунд.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n were stopped on purpose and stay stopped.</source>
        <translation>
            <numerusform>%n остановлена намеренно и останется остановленной.</numerusform>
            <numerusform>%n остановлены намеренно и останутся остановленными.</numerusform>
            <numerusform>%n остановлено намеренно и останутся остановленными.</numerusform>
        </translation>
    </message>
    <message>
        <source>Phones that are linked stay linked.</source>
        <translation>Привязанные телефоны останутся привязанными.</translation>
    </message>
    <message>
        <source>Restart the session of {name}?</source>
        <translation>Перезапустить сессию салона «{name}»?</translation>
    </message>
    <message numerus="yes">
        <source>Restart %n sessions?</source>
        <translation>
            <numerusform>Перезапустить %n сессию?</numerusform>
            <numerusform>Перезапустить %n сессии?</numerusform>
            <numerusform>Перезапустить %n сессий?</numerusform>
        </translation>
    </message>
    <message>
        <source>Restart</source>
        <translation>Перезапустить</translation>
    </message>
    <message>
        <source>Stop the session of {name}?</source>
        <translation>Остановить сессию салона «{name}»?</translation>
    </message>
    <message>
        <source>The bot will not answer until it is started again. The phone stays linked.</source>
        <translation>Бот не будет отвечать, пока сессию не запустят снова. Телефон останется привязанным.</translation>
    </message>
    <message>
        <source>Stop the session</source>
        <translation>Остановить сессию</translation>
    </message>
    <message>
        <source>Open the salon</source>
        <translation>Открыть салон</translation>
    </message>
    <message>
        <source>State</source>
        <translation>Состояние</translation>
    </message>
    <message>
        <source>Salon</source>
        <translation>Салон</translation>
    </message>
    <message>
        <source>For</source>
        <translation>Длится</translation>
    </message>
    <message>
        <source>Engine says</source>
        <translation>Движок говорит</translation>
    </message>
    <message>
        <source>Process</source>
        <translation>Процесс</translation>
    </message>
    <message>
        <source>Last close</source>
        <translation>Последний обрыв</translation>
    </message>
    <message>
        <source>Breaks</source>
        <translation>Обрывы</translation>
    </message>
    <message>
        <source>Generation</source>
        <translation>Поколение</translation>
    </message>
    <message>
        <source>Memory</source>
        <translation>Память</translation>
    </message>
    <message>
        <source>Version</source>
        <translation>Версия</translation>
    </message>
    <message>
        <source>Connections lost within 24 hours</source>
        <translation>Обрывы связи за 24 часа</translation>
    </message>
    <message>
        <source>How often an engine was started for the session</source>
        <translation>Сколько раз для сессии запускали движок</translation>
    </message>
    <message>
        <source>nobody yet</source>
        <translation>пока никто</translation>
    </message>
    <message>
        <source>banned until {time}</source>
        <translation>блокировка до {time}</translation>
    </message>
    <message>
        <source>Engine: {kind}</source>
        <translation>Движок: {kind}</translation>
    </message>
    <message>
        <source>we say: {state}</source>
        <translation>мы говорим: {state}</translation>
    </message>
    <message>
        <source>it says: {state}</source>
        <translation>он говорит: {state}</translation>
    </message>
    <message>
        <source>They disagree: if it stays so, restart the session.</source>
        <translation>Они расходятся: если так и останется, перезапустите сессию.</translation>
    </message>
    <message>
        <source>It needs a process and has none: the next free one takes it within seconds.</source>
        <translation>Ей нужен процесс, а его нет: свободный возьмёт её за секунды.</translation>
    </message>
    <message>
        <source>At rest: it needs no process.</source>
        <translation>В покое: процесс ей не нужен.</translation>
    </message>
    <message>
        <source>owns it since {time}</source>
        <translation>держит с {time}</translation>
    </message>
    <message>
        <source>lease until {time}, renewed by itself</source>
        <translation>аренда до {time}, продлевается сама</translation>
    </message>
    <message>
        <source>gateway {version}</source>
        <translation>шлюз {version}</translation>
    </message>
</context>
<context>
    <name>Settings</name>
    <message>
        <source>As the system</source>
        <translation>Как в системе</translation>
    </message>
    <message>
        <source>Light</source>
        <translation>Светлая</translation>
    </message>
    <message>
        <source>Dark</source>
        <translation>Тёмная</translation>
    </message>
    <message>
        <source>Comfortable</source>
        <translation>Просторная</translation>
    </message>
    <message>
        <source>Compact</source>
        <translation>Плотная</translation>
    </message>
    <message>
        <source>Connected</source>
        <translation>Подключено</translation>
    </message>
    <message>
        <source>Connect</source>
        <translation>Подключиться</translation>
    </message>
    <message>
        <source>Connect to {name}</source>
        <translation>Подключиться к {name}</translation>
    </message>
    <message>
        <source>This is where we are.</source>
        <translation>Мы сейчас здесь.</translation>
    </message>
    <message>
        <source>Change {name}</source>
        <translation>Изменить {name}</translation>
    </message>
    <message>
        <source>Forget {name}</source>
        <translation>Забыть {name}</translation>
    </message>
    <message>
        <source>Settings</source>
        <translation>Настройки</translation>
    </message>
    <message>
        <source>Gateways</source>
        <translation>Шлюзы</translation>
    </message>
    <message>
        <source>Language and looks</source>
        <translation>Язык и вид</translation>
    </message>
    <message>
        <source>The console shows what a gateway knows. Its address and your personal token are enough to begin.</source>
        <translation>Консоль показывает то, что знает шлюз. Для начала хватит его адреса и вашего личного токена.</translation>
    </message>
    <message>
        <source>Add a gateway</source>
        <translation>Добавить шлюз</translation>
    </message>
    <message>
        <source>Import…</source>
        <translation>Импорт…</translation>
    </message>
    <message>
        <source>Export without tokens…</source>
        <translation>Экспорт без токенов…</translation>
    </message>
    <message>
        <source>Hide QR codes until I ask to see them</source>
        <translation>Скрывать QR-коды, пока я не попрошу показать</translation>
    </message>
    <message>
        <source>Quiet hours</source>
        <translation>Тихие часы</translation>
    </message>
    <message>
        <source>Between these hours only urgent alarms are told: salons cannot connect, or data is at risk. The others are in the view “Alarms”, and are told once the hours are over.</source>
        <translation>В эти часы сообщается только о срочных тревогах: салоны не подключаются или данные под угрозой. Остальные есть в разделе «Тревоги», о них будет сказано, когда часы кончатся.</translation>
    </message>
    <message>
        <source>Quiet from</source>
        <translation>Тихо с</translation>
    </message>
    <message>
        <source>Quiet to</source>
        <translation>Тихо до</translation>
    </message>
    <message>
        <source>Language</source>
        <translation>Язык</translation>
    </message>
    <message>
        <source>Theme</source>
        <translation>Тема</translation>
    </message>
    <message>
        <source>Density</source>
        <translation>Плотность</translation>
    </message>
    <message>
        <source>Text size</source>
        <translation>Размер текста</translation>
    </message>
    <message>
        <source>{name} is forgotten in ten seconds, its token with it.</source>
        <translation>{name} забудется через десять секунд, вместе с токеном.</translation>
    </message>
    <message>
        <source>Take it back</source>
        <translation>Вернуть</translation>
    </message>
    <message>
        <source>Gateways (*.json)</source>
        <translation>Шлюзы (*.json)</translation>
    </message>
    <message numerus="yes">
        <source>%n gateways were added; each still needs your token.</source>
        <translation>
            <numerusform>Добавлен %n шлюз; ему ещё нужен ваш токен.</numerusform>
            <numerusform>Добавлено %n шлюза; каждому ещё нужен ваш токен.</numerusform>
            <numerusform>Добавлено %n шлюзов; каждому ещё нужен ваш токен.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n gateways were written, without tokens.</source>
        <translation>
            <numerusform>Записан %n шлюз, без токена.</numerusform>
            <numerusform>Записано %n шлюза, без токенов.</numerusform>
            <numerusform>Записано %n шлюзов, без токенов.</numerusform>
        </translation>
    </message>
    <message>
        <source>Put this away</source>
        <translation>Убрать</translation>
    </message>
</context>
<context>
    <name>Size</name>
    <message>
        <source>{number} GB</source>
        <translation>{number} ГБ</translation>
    </message>
    <message>
        <source>{number} MB</source>
        <translation>{number} МБ</translation>
    </message>
</context>
<context>
    <name>Staff</name>
    <message>
        <source>sees everything but QR codes and the audit, changes nothing</source>
        <translation>видит всё, кроме QR-кодов и журнала, ничего не меняет</translation>
    </message>
    <message>
        <source>repairs calls, links phones, pauses salons, sends links</source>
        <translation>чинит вызовы, привязывает телефоны, приостанавливает салоны, выдаёт ссылки</translation>
    </message>
    <message>
        <source>also disconnects salons, reads the audit, adds and revokes staff</source>
        <translation>вдобавок отключает салоны, читает журнал, добавляет и отзывает сотрудников</translation>
    </message>
    <message>
        <source>{name} (you)</source>
        <translation>{name} (это вы)</translation>
    </message>
    <message numerus="yes">
        <source>here now: %n consoles open</source>
        <translation>
            <numerusform>на связи: открыта %n консоль</numerusform>
            <numerusform>на связи: открыто %n консоли</numerusform>
            <numerusform>на связи: открыто %n консолей</numerusform>
        </translation>
    </message>
    <message>
        <source>has not been here yet</source>
        <translation>ещё не заходил</translation>
    </message>
    <message>
        <source>was here {age} ago</source>
        <translation>был здесь {age} назад</translation>
    </message>
    <message>
        <source>added {time}</source>
        <translation>добавлен {time}</translation>
    </message>
    <message>
        <source>Take the token away…</source>
        <translation>Отозвать токен…</translation>
    </message>
    <message>
        <source>Take the token of {name} away</source>
        <translation>Отозвать токен: {name}</translation>
    </message>
    <message>
        <source>This is your own token. Another administrator can take it away.</source>
        <translation>Это ваш собственный токен. Отозвать его может другой администратор.</translation>
    </message>
    <message>
        <source>The token stops working at once, and every open console of theirs is closed.</source>
        <translation>Токен перестаёт работать сразу, все открытые консоли сотрудника закрываются.</translation>
    </message>
    <message>
        <source>the token was taken away {time}</source>
        <translation>токен отозван {time}</translation>
    </message>
    <message>
        <source>the token has run out: revoke it and add the member anew</source>
        <translation>срок токена истёк: отзовите его и добавьте сотрудника заново</translation>
    </message>
    <message>
        <source>without use the token ends {time}</source>
        <translation>без использования токен истечёт {time}</translation>
    </message>
    <message>
        <source>⚠ the token ends soon: {time}</source>
        <translation>⚠ токен скоро истечёт: {time}</translation>
    </message>
    <message>
        <source>the token is good until {time}</source>
        <translation>токен действует до {time}</translation>
    </message>
    <message>
        <source>{name} is added. This is their token: it is shown this once and kept nowhere.</source>
        <translation>Сотрудник {name} добавлен. Вот его токен: он показывается один раз и нигде не хранится.</translation>
    </message>
    <message>
        <source>Being added…</source>
        <translation>Добавляем…</translation>
    </message>
    <message>
        <source>Type a name first.</source>
        <translation>Сначала введите имя.</translation>
    </message>
    <message>
        <source>A new member</source>
        <translation>Новый сотрудник</translation>
    </message>
    <message>
        <source>Name</source>
        <translation>Имя</translation>
    </message>
    <message>
        <source>Role</source>
        <translation>Роль</translation>
    </message>
    <message>
        <source>The token is good for</source>
        <translation>Токен действует</translation>
    </message>
    <message numerus="yes">
        <source>%n days</source>
        <translation>
            <numerusform>%n день</numerusform>
            <numerusform>%n дня</numerusform>
            <numerusform>%n дней</numerusform>
        </translation>
    </message>
    <message>
        <source>Add and show the token</source>
        <translation>Добавить и показать токен</translation>
    </message>
    <message>
        <source>The new token</source>
        <translation>Новый токен</translation>
    </message>
    <message>
        <source>Copy the token</source>
        <translation>Скопировать токен</translation>
    </message>
    <message>
        <source>Also those whose token was taken away</source>
        <translation>Показать и отозванных</translation>
    </message>
    <message>
        <source>Makes a personal token with a role.</source>
        <translation>Создаёт личный токен с ролью.</translation>
    </message>
    <message>
        <source>Take the token of {name} away?</source>
        <translation>Отозвать токен: {name}?</translation>
    </message>
    <message>
        <source>Take the token away</source>
        <translation>Отозвать токен</translation>
    </message>
    <message>
        <source>The token stops working at once and cannot be given back: a new one has to be made.</source>
        <translation>Токен сразу перестанет работать, вернуть его нельзя: придётся сделать новый.</translation>
    </message>
    <message>
        <source>Why</source>
        <translation>Причина</translation>
    </message>
    <message>
        <source>As colleagues know them; it stands in the audit</source>
        <translation>Как его знают коллеги; так он будет записан в журнале</translation>
    </message>
    <message>
        <source>Need not be given</source>
        <translation>Можно не указывать</translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation>Отмена</translation>
    </message>
    <message>
        <source>Done, hide it</source>
        <translation>Готово, скрыть</translation>
    </message>
    <message>
        <source>Copied. It is taken off the clipboard in a minute.</source>
        <translation>Скопировано. Через минуту токен исчезнет из буфера обмена.</translation>
    </message>
    <message>
        <source>Staff</source>
        <translation>Сотрудники</translation>
    </message>
    <message>
        <source>Add a member</source>
        <translation>Добавить сотрудника</translation>
    </message>
    <message numerus="yes">
        <source>%n members</source>
        <translation>
            <numerusform>%n сотрудник</numerusform>
            <numerusform>%n сотрудника</numerusform>
            <numerusform>%n сотрудников</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n here now</source>
        <translation>
            <numerusform>сейчас на связи: %n</numerusform>
            <numerusform>сейчас на связи: %n</numerusform>
            <numerusform>сейчас на связи: %n</numerusform>
        </translation>
    </message>
    <message>
        <source>The staff cannot be listed now</source>
        <translation>Сейчас сотрудников не показать</translation>
    </message>
    <message>
        <source>Reading the staff…</source>
        <translation>Читаем список сотрудников…</translation>
    </message>
    <message>
        <source>It appears as soon as the gateway answers.</source>
        <translation>Появится, как только шлюз ответит.</translation>
    </message>
</context>
<context>
    <name>StaffRole</name>
    <message>
        <source>viewer</source>
        <translation>наблюдатель</translation>
    </message>
    <message>
        <source>operator</source>
        <translation>оператор</translation>
    </message>
    <message>
        <source>administrator</source>
        <translation>администратор</translation>
    </message>
</context>
<context>
    <name>Stage</name>
    <message>
        <source>New</source>
        <translation>Новая</translation>
    </message>
    <message>
        <source>Linking</source>
        <translation>Привязка</translation>
    </message>
    <message>
        <source>Activating</source>
        <translation>Активация</translation>
    </message>
    <message>
        <source>Active</source>
        <translation>Работает</translation>
    </message>
    <message>
        <source>Needs help</source>
        <translation>Нужна помощь</translation>
    </message>
    <message>
        <source>Frozen</source>
        <translation>Приостановлена</translation>
    </message>
    <message>
        <source>Removed</source>
        <translation>Отключена</translation>
    </message>
</context>
<context>
    <name>Storage</name>
    <message>
        <source>Table</source>
        <translation>Таблица</translation>
    </message>
    <message>
        <source>Rows</source>
        <translation>Строк</translation>
    </message>
    <message>
        <source>On disk</source>
        <translation>На диске</translation>
    </message>
    <message>
        <source>Kept for</source>
        <translation>Хранится</translation>
    </message>
    <message>
        <source>Oldest row</source>
        <translation>Старейшая строка</translation>
    </message>
    <message>
        <source>Story of the installs</source>
        <translation>Хронология установок</translation>
    </message>
    <message>
        <source>Webhooks</source>
        <translation>Вебхуки</translation>
    </message>
    <message>
        <source>WhatsApp sessions</source>
        <translation>Сессии WhatsApp</translation>
    </message>
    <message>
        <source>Messages that came in</source>
        <translation>Входящие сообщения</translation>
    </message>
    <message>
        <source>Messages that were sent</source>
        <translation>Исходящие сообщения</translation>
    </message>
    <message>
        <source>Calls to YCLIENTS</source>
        <translation>Вызовы YCLIENTS</translation>
    </message>
    <message>
        <source>Attempts of calls</source>
        <translation>Попытки вызовов</translation>
    </message>
    <message>
        <source>Salons</source>
        <translation>Салоны</translation>
    </message>
    <message>
        <source>Installs</source>
        <translation>Установки</translation>
    </message>
    <message>
        <source>Search index</source>
        <translation>Поисковый указатель</translation>
    </message>
    <message>
        <source>Audit</source>
        <translation>Журнал действий</translation>
    </message>
    <message>
        <source>Answers to staff</source>
        <translation>Ответы сотрудникам</translation>
    </message>
    <message>
        <source>Alarms</source>
        <translation>Тревоги</translation>
    </message>
    <message>
        <source>Staff</source>
        <translation>Сотрудники</translation>
    </message>
    <message>
        <source>Bulk retries</source>
        <translation>Групповые повторы</translation>
    </message>
    <message>
        <source>Hints of WAHA servers</source>
        <translation>Подсказки серверов WAHA</translation>
    </message>
    <message>
        <source>Destruction reports</source>
        <translation>Акты об уничтожении</translation>
    </message>
    <message>
        <source>Processes</source>
        <translation>Процессы</translation>
    </message>
    <message>
        <source>Calls of bulk retries</source>
        <translation>Вызовы групповых повторов</translation>
    </message>
    <message>
        <source>What engines say</source>
        <translation>Что говорят движки</translation>
    </message>
    <message>
        <source>What grows</source>
        <translation>Что растёт</translation>
    </message>
    <message>
        <source>The largest tables of the database</source>
        <translation>Крупнейшие таблицы базы</translation>
    </message>
    <message>
        <source>Sizes and terms appear as soon as the gateway answers.</source>
        <translation>Размеры и сроки появятся, как только шлюз ответит.</translation>
    </message>
    <message>
        <source>The database takes {size}.</source>
        <translation>База занимает {size}.</translation>
    </message>
    <message>
        <source>Nothing was cleaned up yet; it is done every hour.</source>
        <translation>Очистки ещё не было; она проходит каждый час.</translation>
    </message>
    <message>
        <source>Old rows were destroyed {age} ago; it is done every hour.</source>
        <translation>Старые строки уничтожены {age} назад; это делается каждый час.</translation>
    </message>
    <message numerus="yes">
        <source>%n days</source>
        <translation>
            <numerusform>%n день</numerusform>
            <numerusform>%n дня</numerusform>
            <numerusform>%n дней</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>Story</name>
    <message>
        <source>{staff} had the status read at YCLIENTS</source>
        <translation>{staff}: прочитан статус в YCLIENTS</translation>
    </message>
    <message>
        <source>{staff} stopped the bot</source>
        <translation>{staff}: бот остановлен</translation>
    </message>
    <message>
        <source>{staff} let the bot run again</source>
        <translation>{staff}: бот возобновлён</translation>
    </message>
    <message>
        <source>{staff} switched the assistant&apos;s answers</source>
        <translation>{staff}: ассистент включён или выключен</translation>
    </message>
    <message>
        <source>{staff} asked for the salon to be disconnected</source>
        <translation>{staff}: запрошено отключение салона</translation>
    </message>
    <message>
        <source>{staff} took the disconnection back</source>
        <translation>{staff}: отключение отменено</translation>
    </message>
    <message>
        <source>{staff} made a link for the owner</source>
        <translation>{staff}: создана ссылка для владельца</translation>
    </message>
    <message>
        <source>{staff} had the call tried again</source>
        <translation>{staff}: вызов повторён</translation>
    </message>
    <message>
        <source>{staff} put the call on hold</source>
        <translation>{staff}: вызов удержан</translation>
    </message>
    <message>
        <source>{staff} let the call go on</source>
        <translation>{staff}: вызов продолжен</translation>
    </message>
    <message>
        <source>{staff} marked the call as dealt with</source>
        <translation>{staff}: вызов отмечен решённым</translation>
    </message>
    <message>
        <source>{staff} started the session</source>
        <translation>{staff}: сессия запущена</translation>
    </message>
    <message>
        <source>{staff} started the session anew</source>
        <translation>{staff}: сессия перезапущена</translation>
    </message>
    <message>
        <source>{staff} stopped the session</source>
        <translation>{staff}: сессия остановлена</translation>
    </message>
    <message>
        <source>{staff} asked for a pairing code</source>
        <translation>{staff}: запрошен код привязки</translation>
    </message>
    <message>
        <source>{staff} asked for another phone to be linked</source>
        <translation>{staff}: запрошена привязка другого телефона</translation>
    </message>
    <message>
        <source>{staff} said that the new number is right</source>
        <translation>{staff}: новый номер подтверждён</translation>
    </message>
    <message>
        <source>{staff} sent a test message</source>
        <translation>{staff}: отправлено проверочное сообщение</translation>
    </message>
    <message>
        <source>{staff} looked at the QR</source>
        <translation>{staff}: просмотр QR</translation>
    </message>
    <message>
        <source>{staff} fixed a difference with YCLIENTS</source>
        <translation>{staff}: исправлено расхождение с YCLIENTS</translation>
    </message>
    <message>
        <source>{staff} took a support bundle</source>
        <translation>{staff}: собран отчёт для поддержки</translation>
    </message>
    <message>
        <source>{staff} destroyed the salon&apos;s personal data</source>
        <translation>{staff}: уничтожены личные данные салона</translation>
    </message>
    <message>
        <source>{staff} retried it together with others</source>
        <translation>{staff}: повторён вместе с другими</translation>
    </message>
    <message>
        <source>{staff} had a webhook worked anew</source>
        <translation>{staff}: вебхук отправлен на повторную обработку</translation>
    </message>
    <message>
        <source>YCLIENTS reported that the salon disconnected</source>
        <translation>YCLIENTS сообщил, что салон отключился</translation>
    </message>
    <message>
        <source>YCLIENTS reported that the subscription is frozen</source>
        <translation>YCLIENTS сообщил о приостановке подписки</translation>
    </message>
    <message>
        <source>YCLIENTS reported a payment</source>
        <translation>YCLIENTS сообщил об оплате</translation>
    </message>
    <message>
        <source>Disconnected at YCLIENTS by us</source>
        <translation>Отключено в YCLIENTS нами</translation>
    </message>
    <message>
        <source>The owner disconnected the salon in YCLIENTS</source>
        <translation>Владелец отключил салон в YCLIENTS</translation>
    </message>
    <message>
        <source>YCLIENTS says that the salon is disconnected</source>
        <translation>YCLIENTS говорит, что салон отключён</translation>
    </message>
    <message>
        <source>The engine starts for the first time</source>
        <translation>Движок запускается впервые</translation>
    </message>
    <message>
        <source>The engine starts anew</source>
        <translation>Движок перезапускается</translation>
    </message>
    <message>
        <source>The engine comes back with the kept credentials</source>
        <translation>Движок возвращается с сохранённым входом</translation>
    </message>
    <message>
        <source>The engine starts again after it broke off</source>
        <translation>Движок запускается снова после обрыва</translation>
    </message>
    <message>
        <source>The engine goes on</source>
        <translation>Движок продолжает работу</translation>
    </message>
    <message>
        <source>The engine starts to link the phone again</source>
        <translation>Движок запускается для новой привязки</translation>
    </message>
    <message>
        <source>The engine starts for new codes</source>
        <translation>Движок запускается за новыми кодами</translation>
    </message>
    <message>
        <source>the reason is not known</source>
        <translation>причина неизвестна</translation>
    </message>
    <message>
        <source>The owner came from the marketplace; the signature is right</source>
        <translation>Владелец пришёл из маркетплейса, подпись верна</translation>
    </message>
    <message>
        <source>The owner came from the marketplace, without a signature</source>
        <translation>Владелец пришёл из маркетплейса, без подписи</translation>
    </message>
    <message>
        <source>YCLIENTS did not answer: {why}</source>
        <translation>YCLIENTS не ответил: {why}</translation>
    </message>
    <message>
        <source>YCLIENTS answered {status} in {ms} ms</source>
        <translation>YCLIENTS ответил {status} за {ms} мс</translation>
    </message>
    <message>
        <source>the time ran out</source>
        <translation>истекло время</translation>
    </message>
    <message>
        <source>it cannot be reached</source>
        <translation>недоступен</translation>
    </message>
    <message>
        <source>its name is not found</source>
        <translation>не найден по имени</translation>
    </message>
    <message>
        <source>the secure connection failed</source>
        <translation>защищённое соединение не удалось</translation>
    </message>
    <message>
        <source>the connection broke off</source>
        <translation>соединение оборвалось</translation>
    </message>
    <message>
        <source>the answer makes no sense</source>
        <translation>ответ непонятен</translation>
    </message>
    <message>
        <source>the answer is too large</source>
        <translation>ответ слишком большой</translation>
    </message>
    <message>
        <source>YCLIENTS did not take it yet ({why}); it is tried again by itself</source>
        <translation>YCLIENTS пока не принял ({why}); повторим сами</translation>
    </message>
    <message>
        <source>Activation refused: {why}</source>
        <translation>Активация отклонена: {why}</translation>
    </message>
    <message>
        <source>The disconnection failed: {why}</source>
        <translation>Отключение не удалось: {why}</translation>
    </message>
    <message>
        <source>The call failed: {why}</source>
        <translation>Вызов не удался: {why}</translation>
    </message>
    <message>
        <source>Difference found: YCLIENTS says “{theirs}”, we say “{ours}”</source>
        <translation>Расхождение: у YCLIENTS «{theirs}», у нас «{ours}»</translation>
    </message>
    <message>
        <source>Fixed together with others, without success: {why}</source>
        <translation>Исправляли вместе с другими, не удалось: {why}</translation>
    </message>
    <message>
        <source>A difference was fixed together with others</source>
        <translation>Расхождение исправили вместе с другими</translation>
    </message>
    <message>
        <source>The salon is disconnected</source>
        <translation>Салон отключён</translation>
    </message>
    <message>
        <source>YCLIENTS sent “{event}”</source>
        <translation>YCLIENTS прислал «{event}»</translation>
    </message>
    <message>
        <source>What YCLIENTS sent (“{event}”) could not be worked and was laid aside</source>
        <translation>Присланное YCLIENTS («{event}») не удалось обработать, отложено</translation>
    </message>
    <message>
        <source>What YCLIENTS sent (“{event}”) is worked anew</source>
        <translation>Присланное YCLIENTS («{event}») обрабатывается заново</translation>
    </message>
    <message>
        <source>{staff}: {operation}</source>
        <translation>{staff}: {operation}</translation>
    </message>
    <message>
        <source>The engine starts</source>
        <translation>Движок запускается</translation>
    </message>
    <message>
        <source>The phone took the code: {phone}</source>
        <translation>Телефон принял код: {phone}</translation>
    </message>
    <message>
        <source>WhatsApp is connected again: {phone}</source>
        <translation>WhatsApp снова подключён: {phone}</translation>
    </message>
    <message>
        <source>WhatsApp is connected: {phone}</source>
        <translation>WhatsApp подключён: {phone}</translation>
    </message>
    <message>
        <source>Pairing code made for {phone}</source>
        <translation>Создан код привязки для {phone}</translation>
    </message>
    <message>
        <source>Another number was linked: {phone} in place of {earlier}; which is right is asked</source>
        <translation>Привязан другой номер: {phone} вместо {earlier}; спрашиваем, какой верный</translation>
    </message>
    <message>
        <source>The new number is right: {phone}</source>
        <translation>Новый номер верный: {phone}</translation>
    </message>
    <message>
        <source>The passkey is accepted; WhatsApp wants it confirmed on the phone</source>
        <translation>Ключ доступа принят; WhatsApp ждёт подтверждения на телефоне</translation>
    </message>
    <message>
        <source>A message of the salon was delivered</source>
        <translation>Сообщение салона доставлено</translation>
    </message>
    <message>
        <source>A message of the salon was read</source>
        <translation>Сообщение салона прочитано</translation>
    </message>
    <message>
        <source>A message of the salon was played</source>
        <translation>Сообщение салона прослушано</translation>
    </message>
    <message>
        <source>A message of the salon arrived</source>
        <translation>Сообщение салона дошло</translation>
    </message>
    <message>
        <source>Activation queued: WhatsApp is connected</source>
        <translation>Активация в очереди: WhatsApp подключён</translation>
    </message>
    <message>
        <source>Telling YCLIENTS that the salon is active</source>
        <translation>Сообщаем YCLIENTS, что салон работает</translation>
    </message>
    <message>
        <source>YCLIENTS answered; its list of salons will confirm</source>
        <translation>YCLIENTS ответил; подтвердим по его списку салонов</translation>
    </message>
    <message>
        <source>The call is due again</source>
        <translation>Вызов снова на очереди</translation>
    </message>
    <message>
        <source>YCLIENTS confirms: the salon is active</source>
        <translation>YCLIENTS подтвердил: салон работает</translation>
    </message>
    <message>
        <source>The call is tried again</source>
        <translation>Вызов повторяется</translation>
    </message>
    <message>
        <source>YCLIENTS confirmed the call</source>
        <translation>YCLIENTS подтвердил вызов</translation>
    </message>
    <message>
        <source>The payment is noted</source>
        <translation>Оплата учтена</translation>
    </message>
    <message>
        <source>What the disconnection left behind is wiped</source>
        <translation>Стёрто то, что осталось после отключения</translation>
    </message>
    <message>
        <source>The subscription is frozen; the bot stops</source>
        <translation>Подписка приостановлена, бот остановлен</translation>
    </message>
    <message>
        <source>The subscription goes on; the bot runs again</source>
        <translation>Подписка возобновлена, бот снова работает</translation>
    </message>
    <message>
        <source>The bot stops until it is let run again</source>
        <translation>Бот остановлен, пока его не возобновят</translation>
    </message>
    <message>
        <source>The bot may run again</source>
        <translation>Бот снова может работать</translation>
    </message>
    <message>
        <source>A link for the owner is made</source>
        <translation>Создана ссылка для владельца</translation>
    </message>
    <message>
        <source>The disconnection is queued</source>
        <translation>Отключение поставлено в очередь</translation>
    </message>
    <message>
        <source>The disconnection is called off</source>
        <translation>Отключение отменено</translation>
    </message>
    <message>
        <source>QR shown</source>
        <translation>Показан QR</translation>
    </message>
    <message>
        <source>No pairing code: {why}</source>
        <translation>Код привязки не получен: {why}</translation>
    </message>
    <message>
        <source>WhatsApp asks for a passkey</source>
        <translation>WhatsApp просит ключ доступа</translation>
    </message>
    <message>
        <source>Nobody scanned the code in time</source>
        <translation>Код никто не отсканировал вовремя</translation>
    </message>
    <message>
        <source>The connection broke off and comes back</source>
        <translation>Связь прервалась и восстанавливается</translation>
    </message>
    <message>
        <source>The number was opened in another service</source>
        <translation>Номер открыли в другом сервисе</translation>
    </message>
    <message>
        <source>The link was removed on the phone: {why}</source>
        <translation>Связь отключили на телефоне: {why}</translation>
    </message>
    <message>
        <source>WhatsApp has banned the number for a time</source>
        <translation>WhatsApp временно заблокировал номер</translation>
    </message>
    <message>
        <source>WhatsApp wants a newer engine</source>
        <translation>WhatsApp требует новую версию движка</translation>
    </message>
    <message>
        <source>The session failed: {why}</source>
        <translation>Сессия прервалась: {why}</translation>
    </message>
    <message>
        <source>The session is stopped</source>
        <translation>Сессия остановлена</translation>
    </message>
    <message>
        <source>The session is removed, its credentials with it</source>
        <translation>Сессия удалена вместе с данными для входа</translation>
    </message>
    <message>
        <source>Somebody wrote to the salon</source>
        <translation>Салону написали</translation>
    </message>
    <message>
        <source>Event “{type}”</source>
        <translation>Событие «{type}»</translation>
    </message>
    <message numerus="yes">
        <source>%n times</source>
        <translation>
            <numerusform>%n раз</numerusform>
            <numerusform>%n раза</numerusform>
            <numerusform>%n раз</numerusform>
        </translation>
    </message>
    <message>
        <source>Earlier</source>
        <translation>Раньше</translation>
    </message>
    <message>
        <source>Entry from the marketplace</source>
        <translation>Вход из маркетплейса</translation>
    </message>
    <message>
        <source>Linking the phone</source>
        <translation>Привязка телефона</translation>
    </message>
    <message>
        <source>Activation at YCLIENTS</source>
        <translation>Активация в YCLIENTS</translation>
    </message>
    <message>
        <source>The end</source>
        <translation>Завершение</translation>
    </message>
</context>
<context>
    <name>Strip</name>
    <message>
        <source>DEMO</source>
        <translation>ДЕМО</translation>
    </message>
    <message>
        <source>STAGING</source>
        <translation>ТЕСТОВАЯ</translation>
    </message>
    <message>
        <source>PRODUCTION</source>
        <translation>БОЕВАЯ</translation>
    </message>
    <message>
        <source>not connected</source>
        <translation>не подключено</translation>
    </message>
    <message>
        <source>connecting…</source>
        <translation>подключаемся…</translation>
    </message>
    <message>
        <source>live</source>
        <translation>на связи</translation>
    </message>
    <message>
        <source>connection lost</source>
        <translation>нет связи</translation>
    </message>
    <message>
        <source>refused</source>
        <translation>отказано</translation>
    </message>
    <message>
        <source>Find  {key}</source>
        <translation>Найти  {key}</translation>
    </message>
    <message>
        <source>Find a salon or an action</source>
        <translation>Найти салон или действие</translation>
    </message>
    <message>
        <source>A salon by name, city, number, end of the phone or support code; an admin:// link; or anything to do</source>
        <translation>Салон — по названию, городу, номеру, концу телефона или коду поддержки; ссылка admin://; любое действие</translation>
    </message>
    <message>
        <source>read-only</source>
        <translation>только чтение</translation>
    </message>
    <message>
        <source>Unlock</source>
        <translation>Разблокировать</translation>
    </message>
    <message>
        <source>Unlock production for 15 minutes</source>
        <translation>Разблокировать боевую среду на 15 минут</translation>
    </message>
    <message>
        <source>Commands to production are let through for 15 minutes, then it locks by itself.</source>
        <translation>15 минут команды боевой среде разрешены, потом она заблокируется сама.</translation>
    </message>
    <message>
        <source>unlocked, {time} left</source>
        <translation>открыта, ещё {time}</translation>
    </message>
    <message>
        <source>Lock</source>
        <translation>Заблокировать</translation>
    </message>
    <message>
        <source>Lock production now</source>
        <translation>Заблокировать боевую среду сейчас</translation>
    </message>
    <message>
        <source>data as of {time}</source>
        <translation>данные на {time}</translation>
    </message>
</context>
<context>
    <name>Timeline</name>
    <message>
        <source>Machine detail</source>
        <translation>Подробности</translation>
    </message>
    <message>
        <source>Show earlier</source>
        <translation>Показать раньше</translation>
    </message>
    <message>
        <source>Copy the story</source>
        <translation>Скопировать историю</translation>
    </message>
    <message>
        <source>No story yet</source>
        <translation>Истории пока нет</translation>
    </message>
    <message>
        <source>What the owner, the phone and YCLIENTS do appears here, the newest last. To try it: press “Connect” on the sandbox&apos;s page.</source>
        <translation>Здесь появится всё, что делают владелец, телефон и YCLIENTS, новое внизу. Чтобы попробовать, нажмите «Подключить» на странице песочницы.</translation>
    </message>
</context>
<context>
    <name>Tray</name>
    <message numerus="yes">
        <source>%n alarms wait for somebody</source>
        <translation>
            <numerusform>%n тревога ждёт</numerusform>
            <numerusform>%n тревоги ждут</numerusform>
            <numerusform>%n тревог ждут</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>Trial</name>
    <message>
        <source>Test message</source>
        <translation>Проверочное сообщение</translation>
    </message>
    <message>
        <source>Shows whether the salon&apos;s WhatsApp sends. Without a number it goes to the salon&apos;s own.</source>
        <translation>Показывает, отправляет ли WhatsApp салона. Без номера уйдёт на номер самого салона.</translation>
    </message>
    <message>
        <source>The salon&apos;s own number</source>
        <translation>Номер самого салона</translation>
    </message>
    <message>
        <source>Phone number for the test message</source>
        <translation>Номер телефона для проверочного сообщения</translation>
    </message>
    <message>
        <source>Send a test message…</source>
        <translation>Отправить проверочное…</translation>
    </message>
    <message>
        <source>Put this away</source>
        <translation>Убрать</translation>
    </message>
    <message>
        <source>It goes from the salon&apos;s WhatsApp to {phone} and says that it is a test.</source>
        <translation>Оно уйдёт из WhatsApp салона на {phone}, в тексте сказано, что это проверка.</translation>
    </message>
    <message>
        <source>Send a test message for {name}?</source>
        <translation>Отправить проверочное сообщение салона «{name}»?</translation>
    </message>
    <message>
        <source>Send it</source>
        <translation>Отправить</translation>
    </message>
    <message>
        <source>WhatsApp took the test message: {time}.</source>
        <translation>WhatsApp принял проверочное сообщение: {time}.</translation>
    </message>
    <message>
        <source>WhatsApp did not confirm: it may have arrived. It will not be sent again by itself. Look at the recipient&apos;s phone; put this away to send another one.</source>
        <translation>WhatsApp не подтвердил отправку: сообщение могло дойти. Само оно повторно не уйдёт. Посмотрите на телефон получателя; чтобы отправить ещё одно, уберите эту строку.</translation>
    </message>
    <message>
        <source>Ask again</source>
        <translation>Спросить ещё раз</translation>
    </message>
</context>
<context>
    <name>Trouble</name>
    <message>
        <source>Reference: {reference}</source>
        <translation>Код для поддержки: {reference}</translation>
    </message>
</context>
<context>
    <name>Undo</name>
    <message>
        <source>{name} ({number}) is paused: the bot is silent.</source>
        <translation>{name} ({number}): пауза, бот молчит.</translation>
    </message>
    <message>
        <source>{name} ({number}) will be disconnected; nothing was sent to YCLIENTS yet.</source>
        <translation>{name} ({number}): салон будет отключён. В YCLIENTS пока ничего не отправлено.</translation>
    </message>
    <message>
        <source>Take it back</source>
        <translation>Отменить</translation>
    </message>
    <message>
        <source>Take back: {name}</source>
        <translation>Отменить: {name}</translation>
    </message>
    <message>
        <source>Disconnect now</source>
        <translation>Отключить сейчас</translation>
    </message>
    <message>
        <source>Disconnect now: {name}</source>
        <translation>Отключить сейчас: {name}</translation>
    </message>
    <message>
        <source>Put this away: {name}</source>
        <translation>Убрать: {name}</translation>
    </message>
    <message>
        <source>Taken back: {name} stays; nothing was sent to YCLIENTS.</source>
        <translation>Отменено: {name} остаётся, в YCLIENTS ничего не отправили.</translation>
    </message>
    <message>
        <source>Taken back: the bot of {name} runs again.</source>
        <translation>Отменено: бот салона {name} снова работает.</translation>
    </message>
    <message>
        <source>Taken back at once</source>
        <translation>Отменено сразу</translation>
    </message>
    <message>
        <source>Put this away</source>
        <translation>Убрать</translation>
    </message>
</context>
<context>
    <name>Webhooks</name>
    <message>
        <source>State</source>
        <translation>Состояние</translation>
    </message>
    <message>
        <source>Event</source>
        <translation>Событие</translation>
    </message>
    <message>
        <source>Salon</source>
        <translation>Салон</translation>
    </message>
    <message>
        <source>What it changed</source>
        <translation>Что изменил</translation>
    </message>
    <message>
        <source>Attempts</source>
        <translation>Попытки</translation>
    </message>
    <message>
        <source>Received</source>
        <translation>Получен</translation>
    </message>
    <message>
        <source>names no salon</source>
        <translation>салон не назван</translation>
    </message>
    <message>
        <source>{salon_id}, not one of ours</source>
        <translation>{salon_id}, не наш</translation>
    </message>
    <message>
        <source>being worked</source>
        <translation>обрабатывается</translation>
    </message>
    <message>
        <source>Work it anew…</source>
        <translation>Обработать заново…</translation>
    </message>
    <message>
        <source>Open the salon</source>
        <translation>Открыть салон</translation>
    </message>
    <message>
        <source>Copy the body</source>
        <translation>Скопировать тело</translation>
    </message>
    <message>
        <source>Close the webhook</source>
        <translation>Закрыть вебхук</translation>
    </message>
    <message>
        <source>SHA-256</source>
        <translation>SHA-256</translation>
    </message>
    <message>
        <source>The salon&apos;s story while it was worked</source>
        <translation>Хронология салона за время обработки</translation>
    </message>
    <message>
        <source>Body, without what is about people</source>
        <translation>Тело, без данных о людях</translation>
    </message>
    <message>
        <source>The webhook is being read…</source>
        <translation>Читаем вебхук…</translation>
    </message>
    <message>
        <source>… and more: it is too long to be shown whole</source>
        <translation>… и дальше: целиком слишком длинно для показа</translation>
    </message>
    <message>
        <source>The last attempt failed: {why}</source>
        <translation>Последняя попытка не удалась: {why}</translation>
    </message>
    <message>
        <source>Kind</source>
        <translation>Вид</translation>
    </message>
    <message>
        <source>Proved by</source>
        <translation>Чем подтверждён</translation>
    </message>
    <message>
        <source>Payment&apos;s signature</source>
        <translation>Подпись оплаты</translation>
    </message>
    <message>
        <source>Install</source>
        <translation>Установка</translation>
    </message>
    <message>
        <source>Done with</source>
        <translation>Обработан</translation>
    </message>
    <message>
        <source>Next attempt</source>
        <translation>Следующая попытка</translation>
    </message>
    <message>
        <source>Worked anew by staff</source>
        <translation>Обработан заново</translation>
    </message>
    <message>
        <source>Copy the SHA-256 of the bytes that came</source>
        <translation>Скопировать SHA-256 пришедших байтов</translation>
    </message>
    <message>
        <source>Nothing happened to the salon on its account.</source>
        <translation>С салоном из-за него ничего не произошло.</translation>
    </message>
    <message>
        <source>A new attempt, right away; its salon&apos;s older ones come first.</source>
        <translation>Новая попытка сразу же; более ранние вебхуки салона идут первыми.</translation>
    </message>
    <message>
        <source>generation {number}</source>
        <translation>поколение {number}</translation>
    </message>
    <message>
        <source>{generation}, which is over</source>
        <translation>{generation}, уже завершено</translation>
    </message>
    <message>
        <source>YCLIENTS&apos; status is read again and our state follows it. The bot is stopped until the status is read; if YCLIENTS says that the salon is active, it runs on.</source>
        <translation>Статус в YCLIENTS будет прочитан заново, наше состояние последует за ним. До ответа бот остановлен; если YCLIENTS ответит, что салон активен, бот продолжит работу.</translation>
    </message>
    <message>
        <source>YCLIENTS&apos; status is read again and our state follows it; the payment is noted if it is the newest.</source>
        <translation>Статус в YCLIENTS будет прочитан заново, наше состояние последует за ним; оплата будет учтена, если она новее известной.</translation>
    </message>
    <message>
        <source>Work “{event}” of {salon} anew?</source>
        <translation>Обработать заново «{event}», {salon}?</translation>
    </message>
    <message>
        <source>Work it anew</source>
        <translation>Обработать заново</translation>
    </message>
    <message>
        <source>Within an hour</source>
        <translation>За час</translation>
    </message>
    <message>
        <source>Within a day</source>
        <translation>За сутки</translation>
    </message>
    <message>
        <source>Within a week</source>
        <translation>За неделю</translation>
    </message>
    <message>
        <source>Webhooks</source>
        <translation>Вебхуки</translation>
    </message>
    <message>
        <source>Salon&apos;s number</source>
        <translation>Номер салона</translation>
    </message>
    <message>
        <source>Kinds and states</source>
        <translation>Виды и состояния</translation>
    </message>
    <message>
        <source>A whole name, such as record.create; Enter looks for it</source>
        <translation>Имя целиком, например record.create; поиск по Enter</translation>
    </message>
    <message>
        <source>Any event</source>
        <translation>Любое событие</translation>
    </message>
    <message>
        <source>Proof</source>
        <translation>Подтверждение</translation>
    </message>
    <message>
        <source>When it came</source>
        <translation>Когда пришёл</translation>
    </message>
    <message>
        <source>Day on which it came</source>
        <translation>День, когда пришёл</translation>
    </message>
    <message>
        <source>Clear the filter</source>
        <translation>Сбросить фильтр</translation>
    </message>
    <message>
        <source>Look further back</source>
        <translation>Искать дальше</translation>
    </message>
    <message>
        <source>Webhooks, the newest first</source>
        <translation>Вебхуки, новые сверху</translation>
    </message>
    <message>
        <source>Whatever it changed</source>
        <translation>Любой исход</translation>
    </message>
    <message>
        <source>Any proof</source>
        <translation>Любое подтверждение</translation>
    </message>
    <message>
        <source>At any time</source>
        <translation>За всё время</translation>
    </message>
    <message>
        <source>On one day…</source>
        <translation>За один день…</translation>
    </message>
    <message>
        <source>The number is that of the last day.</source>
        <translation>Число — за последние сутки.</translation>
    </message>
    <message numerus="yes">
        <source>in %n minutes</source>
        <translation>
            <numerusform>%n минута с отказами</numerusform>
            <numerusform>%n минуты с отказами</numerusform>
            <numerusform>%n минут с отказами</numerusform>
        </translation>
    </message>
    <message>
        <source>{why} ({minutes}, last {time})</source>
        <translation>{why} ({minutes}, последний {time})</translation>
    </message>
    <message>
        <source>Refused at the door within a day, and not kept: {list}.</source>
        <translation>За сутки отклонены на входе и не сохранены: {list}.</translation>
    </message>
    <message numerus="yes">
        <source>%n changes wait</source>
        <translation>
            <numerusform>%n изменение ждёт</numerusform>
            <numerusform>%n изменения ждут</numerusform>
            <numerusform>%n изменений ждут</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n shown</source>
        <translation>
            <numerusform>показан %n</numerusform>
            <numerusform>показано %n</numerusform>
            <numerusform>показано %n</numerusform>
        </translation>
    </message>
    <message>
        <source>Nothing more matches as far back as {time}.</source>
        <translation>Больше ничего не найдено до {time}.</translation>
    </message>
    <message>
        <source>Reading the webhooks…</source>
        <translation>Читаем вебхуки…</translation>
    </message>
    <message>
        <source>The list appears as soon as the gateway answers.</source>
        <translation>Список появится, как только ответит шлюз.</translation>
    </message>
    <message>
        <source>No webhook matches so far</source>
        <translation>Пока ничего не нашлось</translation>
    </message>
    <message>
        <source>Nothing matches as far back as {time}.</source>
        <translation>Ничего не подходит до {time}.</translation>
    </message>
    <message>
        <source>No webhook matches</source>
        <translation>Ничего не нашлось</translation>
    </message>
    <message>
        <source>Nothing that is still kept fits all of these choices together.</source>
        <translation>Среди хранимых вебхуков нет подходящих под все условия сразу.</translation>
    </message>
    <message>
        <source>No webhook has come yet</source>
        <translation>Вебхуков ещё не было</translation>
    </message>
    <message>
        <source>What YCLIENTS posts appears here by itself: disconnections, freezes, payments, and what happens inside the salons. To try it: press “Disconnect” on the sandbox&apos;s page.</source>
        <translation>Всё, что присылает YCLIENTS, появится здесь само: отключения, заморозки, оплаты и события внутри салонов. Чтобы попробовать, нажмите «Отключить» на странице песочницы.</translation>
    </message>
    <message>
        <source>Waiting</source>
        <translation>Ждёт</translation>
    </message>
    <message>
        <source>Done</source>
        <translation>Обработан</translation>
    </message>
    <message>
        <source>Laid aside</source>
        <translation>Отложен</translation>
    </message>
    <message>
        <source>About the install</source>
        <translation>Об установке</translation>
    </message>
    <message>
        <source>Inside the salon</source>
        <translation>Внутри салона</translation>
    </message>
    <message>
        <source>Unknown</source>
        <translation>Неизвестные</translation>
    </message>
    <message>
        <source>PARTNER_TOKEN in the body</source>
        <translation>PARTNER_TOKEN в теле</translation>
    </message>
    <message>
        <source>Signature over the body</source>
        <translation>Подпись тела</translation>
    </message>
    <message>
        <source>The install&apos;s key in the address</source>
        <translation>Ключ установки в адресе</translation>
    </message>
    <message>
        <source>Took effect</source>
        <translation>Подействовал</translation>
    </message>
    <message>
        <source>YCLIENTS says otherwise</source>
        <translation>YCLIENTS говорит другое</translation>
    </message>
    <message>
        <source>Kept</source>
        <translation>Сохранён</translation>
    </message>
    <message>
        <source>A repeat</source>
        <translation>Повтор</translation>
    </message>
    <message>
        <source>No install</source>
        <translation>Нет установки</translation>
    </message>
    <message>
        <source>Another application</source>
        <translation>Другое приложение</translation>
    </message>
    <message>
        <source>Wrong payment signature</source>
        <translation>Неверная подпись оплаты</translation>
    </message>
    <message>
        <source>It took effect: our state follows what YCLIENTS says.</source>
        <translation>Подействовал: наше состояние следует за словами YCLIENTS.</translation>
    </message>
    <message>
        <source>It changed nothing: the status that was read at YCLIENTS says otherwise. The bot was stopped until then.</source>
        <translation>Ничего не изменил: прочитанный в YCLIENTS статус говорит другое. До его чтения бот был остановлен.</translation>
    </message>
    <message>
        <source>It is only kept: it changes nothing of the install.</source>
        <translation>Только сохранён: в установке он ничего не меняет.</translation>
    </message>
    <message>
        <source>It changed nothing: the same bytes had come within the minute before and took effect then.</source>
        <translation>Ничего не изменил: те же байты пришли минутой раньше и подействовали тогда.</translation>
    </message>
    <message>
        <source>It changed nothing: the salon has no open install.</source>
        <translation>Ничего не изменил: у салона нет открытой установки.</translation>
    </message>
    <message>
        <source>It changed nothing: it is about another application than ours.</source>
        <translation>Ничего не изменил: он о другом приложении, не о нашем.</translation>
    </message>
    <message>
        <source>The status was read, but the date of the payment is not believed: the payment&apos;s own signature is wrong.</source>
        <translation>Статус прочитан, но дате оплаты не верим: подпись самой оплаты неверна.</translation>
    </message>
    <message>
        <source>Disconnection</source>
        <translation>Отключение</translation>
    </message>
    <message>
        <source>Freeze</source>
        <translation>Заморозка</translation>
    </message>
    <message>
        <source>Payment</source>
        <translation>Оплата</translation>
    </message>
    <message>
        <source>right</source>
        <translation>верна</translation>
    </message>
    <message>
        <source>wrong</source>
        <translation>неверна</translation>
    </message>
    <message>
        <source>absent</source>
        <translation>отсутствует</translation>
    </message>
    <message>
        <source>no proof, or a wrong token or key</source>
        <translation>нет подтверждения либо неверный токен или ключ</translation>
    </message>
    <message>
        <source>a wrong signature</source>
        <translation>неверная подпись</translation>
    </message>
    <message>
        <source>the key of another salon</source>
        <translation>ключ другого салона</translation>
    </message>
    <message>
        <source>It could not be worked for three days and was laid aside. Nothing happens without you.</source>
        <translation>Трое суток не удавалось обработать, поэтому отложен. Без вас ничего не произойдёт.</translation>
    </message>
    <message>
        <source>It is being worked right now.</source>
        <translation>Обрабатывается прямо сейчас.</translation>
    </message>
    <message>
        <source>It waits for its attempt.</source>
        <translation>Ждёт своей попытки.</translation>
    </message>
</context>
<context>
    <name>WhatsApp</name>
    <message>
        <source>starting</source>
        <translation>запускается</translation>
    </message>
    <message>
        <source>waiting for the phone</source>
        <translation>ждёт телефон</translation>
    </message>
    <message>
        <source>waiting for a passkey</source>
        <translation>ждёт ключ доступа</translation>
    </message>
    <message>
        <source>linking</source>
        <translation>привязывается</translation>
    </message>
    <message>
        <source>connected</source>
        <translation>подключён</translation>
    </message>
    <message>
        <source>reconnecting</source>
        <translation>восстанавливается</translation>
    </message>
    <message>
        <source>open elsewhere</source>
        <translation>открыт в другом месте</translation>
    </message>
    <message>
        <source>unlinked on the phone</source>
        <translation>отвязан на телефоне</translation>
    </message>
    <message>
        <source>banned for a time</source>
        <translation>временно заблокирован</translation>
    </message>
    <message>
        <source>engine is outdated</source>
        <translation>движок устарел</translation>
    </message>
    <message>
        <source>code ran out</source>
        <translation>код истёк</translation>
    </message>
    <message>
        <source>failed</source>
        <translation>сбой</translation>
    </message>
    <message>
        <source>stopped</source>
        <translation>остановлен</translation>
    </message>
    <message>
        <source>not started</source>
        <translation>не запускали</translation>
    </message>
</context>
<context>
    <name>When</name>
    <message>
        <source>yesterday, {time}</source>
        <translation>вчера, {time}</translation>
    </message>
</context>
<context>
    <name>Who</name>
    <message>
        <source>Nobody has to do anything: it mends itself.</source>
        <translation>Делать ничего не нужно: исправится само.</translation>
    </message>
    <message>
        <source>The salon&apos;s owner can.</source>
        <translation>Это может сделать владелец салона.</translation>
    </message>
    <message>
        <source>You can.</source>
        <translation>Это можете сделать вы.</translation>
    </message>
    <message>
        <source>An administrator of the gateway can.</source>
        <translation>Это может сделать администратор шлюза.</translation>
    </message>
    <message>
        <source>YCLIENTS&apos; support can.</source>
        <translation>Это может сделать поддержка YCLIENTS.</translation>
    </message>
</context>
<context>
    <name>Window</name>
    <message>
        <source>About the console</source>
        <translation>О консоли</translation>
    </message>
    <message>
        <source>AI-Admin: the staff&apos;s console</source>
        <translation>AI-Admin: консоль сотрудников</translation>
    </message>
    <message>
        <source>Console {version}</source>
        <translation>Консоль {version}</translation>
    </message>
    <message>
        <source>Gateway {version}</source>
        <translation>Шлюз {version}</translation>
    </message>
    <message>
        <source>Close</source>
        <translation>Закрыть</translation>
    </message>
    <message>
        <source>Close the salon</source>
        <translation>Закрыть салон</translation>
    </message>
    <message>
        <source>Salon</source>
        <translation>Салон</translation>
    </message>
    <message>
        <source>In a window of its own</source>
        <translation>В отдельном окне</translation>
    </message>
    <message>
        <source>AI-Admin: console</source>
        <translation>AI-Admin: консоль</translation>
    </message>
    <message>
        <source>Back beside the list</source>
        <translation>Обратно к списку</translation>
    </message>
    <message>
        <source>Whole window</source>
        <translation>Во всё окно</translation>
    </message>
</context>
</TS>
